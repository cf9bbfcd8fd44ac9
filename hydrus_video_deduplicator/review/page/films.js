// A film is a file that can be shown at any moment: played by the browser, drawn from the pictures
// of an animated image, or as pictures that the server decodes.
//
// Each has: element; keepsTime (it runs by itself); isReady; time (seconds, as shown or nearly so);
// seek(seconds); play(rate), pause(); mute(yes); close(). It calls `onTrouble` if it is set, when the
// film cannot be shown any more.

import { make } from "./dom.js";
import { mediaOf, pictureOf, typeOf } from "./calls.js";

const SIDE = 960; // pixels of the longer side of a picture that the server decodes

class Video {
  keepsTime = true;

  constructor(file) {
    this.element = make("video", { muted: true, playsInline: true, preload: "auto", disableRemotePlayback: true });
    this.element.addEventListener("error", () => this.onTrouble?.());
    this.element.src = mediaOf(file);
  }

  // Whether the browser can show it.
  loads() {
    return new Promise((resolve) => {
      this.element.addEventListener("loadeddata", () => resolve(this.element.videoWidth > 0), { once: true });
      this.element.addEventListener("error", () => resolve(false), { once: true });
    });
  }

  get isReady() { return this.element.readyState >= 3 && !this.element.seeking; }
  get time() { return this.element.currentTime; }
  get isPaused() { return this.element.paused; }
  seek(seconds) { this.element.currentTime = Math.max(0, Math.min(seconds, this.element.duration || seconds)); }
  play(rate) {
    this.rate(rate);
    if (this.element.paused) this.element.play().catch(() => {});
  }
  rate(rate) { if (this.element.playbackRate !== rate) this.element.playbackRate = rate; }
  pause() { if (!this.element.paused) this.element.pause(); }
  mute(yes) { this.element.muted = yes; }
  close() {
    this.element.pause();
    this.element.removeAttribute("src");
    this.element.load();
  }
}

class Drawn {
  keepsTime = false;
  isReady = true;
  time = 0;
  wanted = null;
  isBusy = false;

  seek(seconds) {
    this.wanted = seconds;
    if (!this.isBusy) this.draw();
  }
  // One picture at a time; meanwhile only the newest wish counts.
  async draw() {
    this.isBusy = true;
    while (this.wanted !== null) {
      const seconds = this.wanted;
      this.wanted = null;
      try { await this.show(seconds); } catch { this.onTrouble?.(); /* the last picture stays */ }
      this.time = seconds;
    }
    this.isBusy = false;
  }
  play() {}
  pause() {}
  mute() {}
}

class Animation extends Drawn {
  constructor(decoder, starts) {
    super();
    this.decoder = decoder;
    this.starts = starts;
    this.shown = -1;
    this.element = make("canvas");
  }

  static async open(file, type) {
    if (!("ImageDecoder" in window) || !(await ImageDecoder.isTypeSupported(type))) return null;
    const data = await (await fetch(mediaOf(file))).arrayBuffer();
    const decoder = new ImageDecoder({ data, type });
    await decoder.tracks.ready;
    const starts = [0];
    for (let index = 0; index < decoder.tracks.selectedTrack.frameCount; index += 1) {
      const { image } = await decoder.decode({ frameIndex: index });
      starts.push(starts.at(-1) + (image.duration || 100_000) / 1e6);
      image.close();
    }
    const film = new Animation(decoder, starts);
    await film.show(0);
    return film;
  }

  async show(seconds) {
    let index = this.starts.findLastIndex((start) => start <= seconds + 1e-4);
    index = Math.max(0, Math.min(index, this.starts.length - 2));
    if (index === this.shown) return;
    const { image } = await this.decoder.decode({ frameIndex: index });
    this.element.width = image.displayWidth;
    this.element.height = image.displayHeight;
    this.element.getContext("2d").drawImage(image, 0, 0);
    image.close();
    this.shown = index;
  }

  close() { this.decoder.close(); }
}

class Pictures extends Drawn {
  isDecodedForUs = true;

  constructor(file) {
    super();
    this.file = file;
    this.element = make("img", { alt: "" });
  }

  async show(seconds) {
    const next = new Image();
    next.src = pictureOf(this.file, seconds, SIDE);
    await next.decode();
    this.element.src = next.src;
  }

  close() { this.wanted = null; }
}

// In the place of a film whose file cannot be had: says why.
class Missing extends Drawn {
  isMissing = true;

  constructor(why) {
    super();
    this.element = make("p", { className: "missing", textContent: why, attributes: { role: "alert" } });
  }

  show() {}
  close() {}
}

// What stands in for the film of a file that cannot be had; null if it can.
export const missing = (file) => typeOf(file).then(() => null, (error) => new Missing(error.message));

export const open = async (file) => {
  let type;
  try { type = await typeOf(file); } catch (error) { return new Missing(error.message); }
  if (type?.startsWith("image/")) {
    const animation = await Animation.open(file, type).catch(() => null);
    if (animation) return animation;
  } else if (type?.startsWith("video/")) {
    const video = new Video(file);
    if (await video.loads()) return video;
    video.close();
  }
  return new Pictures(file);
};
