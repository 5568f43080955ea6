// The camera, and the way of a vertex from its mesh to the image.
//
// View space is glTF's camera frame: -Z ahead, +X right, +Y up, metres. Positions are taken there
// first and projected second, both in 32 bits, so that clip.w is the depth in metres, bit for bit.

struct View {
    // (scale x, shift x, scale y, shift y) of the pinhole camera.
    lens: vec4<f32>,
    // clip.z = depth.x * z + depth.y: 1 at the near plane, 0 at the far plane.
    depth: vec2<f32>,
    // Least and greatest depth that the sensor measures, metres.
    sensor: vec2<f32>,
}

@group(0) @binding(0) var<uniform> view: View;

// The rows of the affine map from the mesh's frame to view space.
struct ModelView {
    row0: vec4<f32>,
    row1: vec4<f32>,
    row2: vec4<f32>,
}

fn to_view(m: ModelView, position: vec3<f32>) -> vec3<f32> {
    let p = vec4<f32>(position, 1.0);
    return vec3<f32>(dot(m.row0, p), dot(m.row1, p), dot(m.row2, p));
}

fn to_clip(p: vec3<f32>) -> vec4<f32> {
    return vec4<f32>(
        view.lens.x * p.x + view.lens.y * p.z,
        view.lens.z * p.y + view.lens.w * p.z,
        view.depth.x * p.z + view.depth.y,
        -p.z,
    );
}
