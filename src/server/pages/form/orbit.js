// A camera that goes around a point, and where it begins.

/** As `render` on the command line has it: in front, to the right and above. */
const FIRST_VIEW = { azimuth: Math.PI / 6, elevation: Math.PI / 9 };
/** Air around the scene. */
const MARGIN = 1.02;
/** The near plane is at least this part of the far one. */
const LEAST_NEAR = 1e-4;

class Orbit {
  constructor(sphere, up) {
    this.sphere = sphere;
    this.up = up;
    this.target = sphere.center;
    this.distance = 3 * sphere.radius;
    /** How much more than at first is seen: for orthographic lenses, for which distance makes no difference. */
    this.scale = 1;
    Object.assign(this, FIRST_VIEW);
  }

  /** Right, front and up in the scene. */
  get axes() {
    return this.up === "z" ? [[1, 0, 0], [0, -1, 0], [0, 0, 1]] : [[1, 0, 0], [0, 0, 1], [0, 1, 0]];
  }

  /** From the target to the eye. */
  get direction() {
    const [right, front, up] = this.axes;
    const { azimuth, elevation } = this;
    const level = plus(times(right, Math.sin(azimuth)), times(front, Math.cos(azimuth)));
    return plus(times(level, Math.cos(elevation)), times(up, Math.sin(elevation)));
  }

  get eye() {
    return plus(this.target, times(this.direction, this.distance));
  }

  /** The matrix of the camera's node: x right, y up, looking along -z. */
  get pose() {
    const [right, front] = this.axes;
    const x = minus(times(right, Math.cos(this.azimuth)), times(front, Math.sin(this.azimuth)));
    const z = this.direction;
    return fromColumns(x, cross(z, x), z, this.eye);
  }

  /** Looks from where the sphere fills an image of which so much is seen, as tangents of half the angle. */
  frame(halfWidth, halfHeight) {
    const halfAngle = Math.atan(Math.min(halfWidth, halfHeight));
    this.target = this.sphere.center;
    this.distance = MARGIN * this.sphere.radius / Math.sin(halfAngle);
    this.scale = 1;
    Object.assign(this, FIRST_VIEW);
  }

  /** Goes on from a camera of the file; only its roll is lost. */
  startFrom(pose) {
    const direction = columnOf(pose, 2);
    const eye = columnOf(pose, 3);
    const [right, front, up] = this.axes;
    const ahead = dot(minus(eye, this.sphere.center), direction);
    this.distance = Math.max(ahead, 0.05 * this.sphere.radius);
    this.target = minus(eye, times(direction, this.distance));
    this.scale = 1;
    this.elevation = Math.asin(Math.min(1, Math.max(-1, dot(direction, up))));
    // Straight from above the direction has no azimuth, but the image's right has.
    const x = columnOf(pose, 0);
    this.azimuth = Math.abs(this.elevation) < 1.5 ? Math.atan2(dot(direction, right), dot(direction, front))
      : Math.atan2(-dot(x, front), dot(x, right));
  }

  turn(right, up) {
    this.azimuth -= right;
    this.elevation = Math.min(Math.PI / 2, Math.max(-Math.PI / 2, this.elevation + up));
  }

  zoom(factor) {
    const { radius } = this.sphere;
    const before = this.distance;
    this.distance = Math.min(1e4 * radius, Math.max(1e-3 * radius, before * factor));
    this.scale *= this.distance / before;
  }

  /** Moves the scene in the image, metres. */
  pan(right, up) {
    const pose = this.pose;
    this.target = minus(this.target, plus(times(columnOf(pose, 0), right), times(columnOf(pose, 1), up)));
  }
}

/** Clipping planes that leave the sphere whole, seen from `eye`; what is animated may go beyond its rest. */
function clippingPlanes({ center, radius }, eye, isAnimated) {
  const reach = isAnimated ? 4 * radius : radius;
  const distance = size(minus(eye, center));
  const far = MARGIN * (distance + reach);
  const near = Math.max((distance - reach) / MARGIN, LEAST_NEAR * far);
  return { near: Number(near.toPrecision(6)), far: Number(far.toPrecision(6)) };
}
