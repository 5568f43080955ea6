// Vectors, and 4 x 4 matrices as in glTF: 16 numbers, column by column.

const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

const plus = (a, b) => a.map((value, axis) => value + b[axis]);
const minus = (a, b) => a.map((value, axis) => value - b[axis]);
const times = (a, factor) => a.map((value) => value * factor);
const dot = (a, b) => a.reduce((sum, value, axis) => sum + value * b[axis], 0);
const size = (a) => Math.hypot(...a);
const unit = (a) => times(a, 1 / size(a));

function cross(a, b) {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function product(a, b) {
  const result = [];
  for (let column = 0; column < 4; column++) {
    for (let row = 0; row < 4; row++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += a[4 * k + row] * b[4 * column + k];
      result.push(sum);
    }
  }
  return result;
}

/** Where a point goes. */
function moved(matrix, point) {
  return [0, 1, 2].map((row) => matrix[row] * point[0] + matrix[4 + row] * point[1]
    + matrix[8 + row] * point[2] + matrix[12 + row]);
}

/** A direction of a frame: 0, 1, 2 for its x, y and z axis, 3 for its origin. */
const columnOf = (matrix, column) => matrix.slice(4 * column, 4 * column + 3);

const fromColumns = (x, y, z, origin) => [...x, 0, ...y, 0, ...z, 0, ...origin, 1];

/** The matrix of a translation, a rotation (x, y, z, w) and a scale. */
function composed(translation, rotation, scale) {
  const [x, y, z, w] = unit(rotation);
  return fromColumns(
    times([1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (x * z - y * w)], scale[0]),
    times([2 * (x * y - z * w), 1 - 2 * (x * x + z * z), 2 * (y * z + x * w)], scale[1]),
    times([2 * (x * z + y * w), 2 * (y * z - x * w), 1 - 2 * (x * x + y * y)], scale[2]),
    translation,
  );
}
