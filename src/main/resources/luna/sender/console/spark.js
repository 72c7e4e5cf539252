/** Draws the rate of the last minute as a line. */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number[]} series counts by second, oldest first; the last second is not complete
 */
export function spark(canvas, series) {
  const scale = Math.min(3, devicePixelRatio || 1);
  const {clientWidth: width, clientHeight: height} = canvas;
  if (width === 0) {
    return;
  }
  if (canvas.width !== Math.round(width * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  const whole = series.slice(0, -1);
  const top = Math.max(4, ...whole) * 1.15;
  const x = i => (i / (whole.length - 1)) * width;
  const y = count => height - 1.5 - (count / top) * (height - 3);
  pen.beginPath();
  whole.forEach((count, i) => pen.lineTo(x(i), y(count)));
  pen.strokeStyle = getComputedStyle(canvas).color;
  pen.lineWidth = 1.5;
  pen.lineJoin = 'round';
  pen.stroke();
  pen.lineTo(width, height);
  pen.lineTo(0, height);
  pen.globalAlpha = 0.14;
  pen.fillStyle = pen.strokeStyle;
  pen.fill();
  pen.globalAlpha = 1;
}
