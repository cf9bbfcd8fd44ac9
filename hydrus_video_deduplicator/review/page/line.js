// The common part of two films as one line of seconds: the parts of their match, one after the
// other, each as long as it is in the first film.

export class Line {
  constructor(parts) {
    this.parts = [];
    let start = 0;
    for (const { a_span: [a, aEnd], b_span: [b, bEnd], speed } of parts) {
      const length = Math.max(0, aEnd - a);
      this.parts.push({ start, length, a, b: speed > 0 ? b : bEnd, speed });
      start += length;
    }
    this.length = start;
  }

  // The part at a moment of the line; the last one at its end.
  at(moment) {
    return this.parts.findLast((part) => part.start <= moment) ?? this.parts[0];
  }

  inA(moment, part = this.at(moment)) { return part.a + moment - part.start; }
  inB(moment, part = this.at(moment)) { return part.b + part.speed * (moment - part.start); }

  // The moment of the line that shows this second of the first film, or of the second; null if none.
  ofA(seconds) {
    const part = this.parts.find(({ a, length }) => a <= seconds && seconds <= a + length);
    return part ? part.start + seconds - part.a : null;
  }
  ofB(seconds) {
    for (const part of this.parts) {
      const moment = (seconds - part.b) / part.speed;
      if (moment >= 0 && moment <= part.length) return part.start + moment;
    }
    return null;
  }
}
