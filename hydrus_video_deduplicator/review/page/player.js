// One clock for two films. It is that of the first film which runs by itself; the other one follows
// it by small changes of its speed, or by a leap where it is far off. Where that one cannot keep up,
// on a busy machine, the first is slowed down.

const LEAP = 0.3; // seconds that it may be off before it leaps
const CATCH_UP = 0.1; // seconds in which it makes good most of what it is off
const MOST = 0.5; // share by which its speed may change, for so short a time that nobody sees it
const AHEAD = 0.03; // seconds that it may be ahead before it waits
const BEHIND = 0.02; // seconds that it may be behind before the first is slowed down
const STILL = 0.004; // seconds that it may be off without a change

export class Player {
  position = 0; // seconds on the line
  isPlaying = false;
  loops = true;
  rate = 1;

  constructor(onChange) {
    this.onChange = onChange;
    this.films = null;
    this.last = 0;
    const tick = (now) => {
      if (this.films && this.isPlaying) this.tick(Math.min(0.25, (now - this.last) / 1000));
      this.last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  load(films, line) {
    this.films = films;
    this.line = line;
    this.seek(0);
  }

  unload() {
    this.pause();
    for (const film of this.films ?? []) film.close();
    this.films = null;
  }

  seek(position) {
    if (!this.films) return;
    this.position = Math.max(0, Math.min(position, this.line.length));
    this.part = this.line.at(this.position);
    this.films[0].seek(this.line.inA(this.position, this.part));
    this.films[1].seek(this.line.inB(this.position, this.part));
    this.onChange();
  }

  play() {
    if (!this.films) return;
    if (this.position >= this.line.length - 0.02) this.seek(0);
    this.isPlaying = true;
    this.onChange();
  }

  pause() {
    this.isPlaying = false;
    for (const film of this.films ?? []) film.pause();
    if (this.films) this.onChange();
  }

  // One picture on or back, of the first film.
  step(by, frameRate) {
    this.pause();
    this.seek(this.position + by / (frameRate || 25));
  }

  tick(seconds) {
    const [a, b] = this.films;
    if (!a.isReady || !b.isReady) { // both wait for the one that has nothing to show
      a.pause();
      b.pause();
      return;
    }
    const { part } = this;
    if ([a, b].some((film) => film.element.ended)) { // to play it would begin it anew
      this.goOn(part);
      return;
    }
    const forward = part.speed > 0;
    if (a.keepsTime) {
      if (!a.isPaused) this.position = part.start + a.time - part.a;
      const behind = this.follow(b, this.line.inB(this.position, part), forward ? part.speed : 0);
      const pace = this.rate * (1 - Math.max(0, Math.min(MOST, (behind - BEHIND) / CATCH_UP)));
      if (a.isPaused) a.play(pace); else a.rate(pace);
    } else if (b.keepsTime && forward) {
      const speed = part.speed * this.rate;
      if (b.isPaused) b.play(speed); else this.position = part.start + (b.time - part.b) / part.speed;
      b.rate(speed);
      a.seek(this.line.inA(this.position, part));
    } else {
      this.position += this.rate * seconds;
      a.seek(this.line.inA(this.position, part));
      b.seek(this.line.inB(this.position, part));
    }
    if (this.position >= part.start + part.length - 0.01) this.goOn(part);
    else this.onChange();
  }

  // Have a film show a moment; the seconds of the line by which it is behind.
  follow(film, target, speed) {
    if (!film.keepsTime || speed <= 0) {
      film.pause();
      if (Math.abs(film.time - target) > 0.03) film.seek(target);
      return 0;
    }
    const off = (film.time - target) / speed;
    if (Math.abs(off) > LEAP) {
      film.seek(target);
      return 0;
    }
    if (off > AHEAD) { // it waits
      film.pause();
      return 0;
    }
    const change = Math.abs(off) < STILL ? 0 : Math.max(-MOST, Math.min(MOST, -off / CATCH_UP));
    const rate = Math.max(0.0625, Math.min(16, this.rate * speed * (1 + change)));
    if (film.isPaused) film.play(rate); else film.rate(rate);
    return -off;
  }

  goOn(part) {
    const next = part.start + part.length;
    if (next < this.line.length - 0.02) {
      this.seek(next + 1e-6);
    } else if (this.loops) {
      this.seek(0);
    } else {
      this.position = this.line.length;
      this.pause();
    }
  }
}
