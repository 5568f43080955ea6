// What an instance brings, and the way of a vertex from its mesh to the image.
//
// View space is glTF's camera frame: -Z ahead, +X right, +Y up, metres. Clip space has reversed z, 1
// at the near plane and 0 at the far one, and w the depth in metres, or 1 if rays are parallel.

struct Instance {
    // The columns of the map from vertex positions to clip space.
    @location(0) clip0: vec4<f32>,
    @location(1) clip1: vec4<f32>,
    @location(2) clip2: vec4<f32>,
    @location(3) clip3: vec4<f32>,
    // The rows of the map from vertex positions to view space.
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

fn to_view(i: Instance, p: vec3<f32>) -> vec3<f32> {
    let column0 = vec3<f32>(i.view0.x, i.view1.x, i.view2.x);
    let column1 = vec3<f32>(i.view0.y, i.view1.y, i.view2.y);
    let column2 = vec3<f32>(i.view0.z, i.view1.z, i.view2.z);
    let column3 = vec3<f32>(i.view0.w, i.view1.w, i.view2.w);
    return ((column0 * p.x + column1 * p.y) + column2 * p.z) + column3;
}

fn normal_to_view(i: Instance, n: vec3<f32>) -> vec3<f32> {
    return vec3<f32>(dot(i.normal0, n), dot(i.normal1, n), dot(i.normal2, n));
}

fn direction_to_view(i: Instance, d: vec3<f32>) -> vec3<f32> {
    return vec3<f32>(dot(i.view0.xyz, d), dot(i.view1.xyz, d), dot(i.view2.xyz, d));
}
