//! Ray casting of simple solids in double precision: what depth and label images must show.

use glam::{DAffine3, DVec2, DVec3};

use super::view::View;

/// A surface in its own frame, around the origin.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A sphere by its radius.
    Sphere(f64),
    /// A box by half its sides.
    Cuboid(DVec3),
    /// A rectangle in the plane z = 0, by half its sides.
    Rectangle(DVec2),
}

/// A shape in the world.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// What it is.
    pub shape: Shape,
    /// Where it is; rigid.
    pub pose: DAffine3,
    /// Which it is; several shapes may be one object.
    pub id: u16,
}

impl Object {
    /// An object that is only moved.
    pub fn at(shape: Shape, x: f64, y: f64, z: f64, id: u16) -> Self {
        let pose = DAffine3::from_translation(DVec3::new(x, y, z));
        Self { shape, pose, id }
    }
}

/// What the ray of a pixel meets first between the clipping planes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Along the optical axis, metres.
    pub depth: f64,
    /// [`Object::id`].
    pub id: u16,
}

/// One entry for each pixel of a view.
pub struct Truth {
    width: u32,
    height: u32,
    hits: Vec<Option<Hit>>,
}

impl Truth {
    /// Casts a ray through the centre of each pixel.
    pub fn cast(view: &View, objects: &[Object]) -> Self {
        let inverse: Vec<_> = objects.iter().map(|object| object.pose.inverse()).collect();
        let mut hits = Vec::new();
        for y in 0..view.height {
            for x in 0..view.width {
                let (origin, direction) = view.ray(x, y);
                let mut first: Option<Hit> = None;
                for (object, inverse) in objects.iter().zip(&inverse) {
                    let origin = inverse.transform_point3(origin);
                    let direction = inverse.transform_vector3(direction);
                    for depth in object.shape.meets(origin, direction).into_iter().flatten() {
                        let seen = view.near < depth && depth < view.far;
                        if seen && first.is_none_or(|hit| depth < hit.depth) {
                            let id = object.id;
                            first = Some(Hit { depth, id });
                        }
                    }
                }
                hits.push(first);
            }
        }
        let (width, height) = (view.width, view.height);
        Self {
            width,
            height,
            hits,
        }
    }

    /// What the pixel shows.
    pub fn at(&self, x: u32, y: u32) -> Option<Hit> {
        self.hits[(y * self.width + x) as usize]
    }

    /// The object that the pixel shows.
    pub fn id(&self, x: u32, y: u32) -> Option<u16> {
        self.at(x, y).map(|hit| hit.id)
    }

    /// The objects of the pixels at most `reach` columns and rows away.
    pub fn near(&self, x: u32, y: u32, reach: u32) -> impl Iterator<Item = Option<u16>> {
        let columns = x.saturating_sub(reach)..=(x + reach).min(self.width - 1);
        let rows = y.saturating_sub(reach)..=(y + reach).min(self.height - 1);
        rows.flat_map(move |y| columns.clone().map(move |x| self.id(x, y)))
    }

    /// Whether no silhouette is within `reach` pixels.
    pub fn interior(&self, x: u32, y: u32, reach: u32) -> bool {
        self.near(x, y, reach).all(|id| id == self.id(x, y))
    }

    /// How many pixels show the object.
    pub fn count(&self, id: Option<u16>) -> usize {
        let all = self.hits.iter();
        all.filter(|hit| hit.map(|hit| hit.id) == id).count()
    }
}

impl Shape {
    /// The parameters at which a ray passes the surface, up to two.
    fn meets(self, origin: DVec3, direction: DVec3) -> [Option<f64>; 2] {
        match self {
            Self::Sphere(radius) => {
                let a = direction.length_squared();
                let b = origin.dot(direction);
                let root = b * b - a * (origin.length_squared() - radius * radius);
                if root < 0.0 {
                    return [None; 2];
                }
                [Some((-b - root.sqrt()) / a), Some((-b + root.sqrt()) / a)]
            }
            Self::Cuboid(half) => {
                let (mut enter, mut leave) = (f64::NEG_INFINITY, f64::INFINITY);
                for axis in 0..3 {
                    // A direction of zero gives infinities of the right signs.
                    let a = (-half[axis] - origin[axis]) / direction[axis];
                    let b = (half[axis] - origin[axis]) / direction[axis];
                    enter = enter.max(a.min(b));
                    leave = leave.min(a.max(b));
                }
                let met = enter <= leave;
                [met.then_some(enter), met.then_some(leave)]
            }
            Self::Rectangle(half) => {
                let t = -origin.z / direction.z;
                let p = origin + t * direction;
                let met = t.is_finite() && p.x.abs() <= half.x && p.y.abs() <= half.y;
                [met.then_some(t), None]
            }
        }
    }
}
