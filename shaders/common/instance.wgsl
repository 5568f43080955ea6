// What an instance brings, and the way of a vertex from its mesh to the image.
//
// View space is glTF's camera frame: -Z ahead, +X right, +Y up, metres. Clip space has reversed z, 1
// at the near plane and 0 at the far one, and w the depth in metres.

struct Instance {
    // The columns of the map from the mesh's frame to clip space.
    @location(0) clip0: vec4<f32>,
    @location(1) clip1: vec4<f32>,
    @location(2) clip2: vec4<f32>,
    @location(3) clip3: vec4<f32>,
    // The rows of the map from the mesh's frame to view space.
    @location(4) view0: vec4<f32>,
    @location(5) view1: vec4<f32>,
    @location(6) view2: vec4<f32>,
    // The rows of the map of normals to view space.
    @location(7) normal0: vec3<f32>,
    @location(8) normal1: vec3<f32>,
    @location(9) normal2: vec3<f32>,
}

// Summed in this order, which is that of OpenGL's compilers for a matrix times a vector: positions
// come out as they do in RenderEngineVtk, to the last bit.
fn to_clip(i: Instance, p: vec3<f32>) -> vec4<f32> {
    return ((i.clip0 * p.x + i.clip1 * p.y) + i.clip2 * p.z) + i.clip3;
}

fn to_view(i: Instance, position: vec3<f32>) -> vec3<f32> {
    let p = vec4<f32>(position, 1.0);
    return vec3<f32>(dot(i.view0, p), dot(i.view1, p), dot(i.view2, p));
}

fn normal_to_view(i: Instance, n: vec3<f32>) -> vec3<f32> {
    return vec3<f32>(dot(i.normal0, n), dot(i.normal1, n), dot(i.normal2, n));
}

fn direction_to_view(i: Instance, d: vec3<f32>) -> vec3<f32> {
    return vec3<f32>(dot(i.view0.xyz, d), dot(i.view1.xyz, d), dot(i.view2.xyz, d));
}
