// Depth and label: what is where, exactly.
//
// Depth is the distance along the optical axis in metres, interpolated as such and never taken from
// the depth buffer. It goes into an unsigned target bit by bit, because OpenGL ES cannot draw into
// 32-bit floats. Labels are the material's bytes: not lit, not filtered, not blended, not encoded.

const INFINITY_BITS: u32 = 0x7f800000u;

// What the sensor measures, metres.
struct Sensor {
    min: f32,
    max: f32,
}

@group(0) @binding(0) var<uniform> sensor: Sensor;

struct Varyings {
    @builtin(position) clip: vec4<f32>,
    @location(0) depth: f32,
    @location(1) @interpolate(flat) label: vec4<f32>,
}

@vertex
fn vs_geometry(
    i: Instance,
    @location(10) label: vec4<f32>,
    @location(11) position: vec3<f32>,
) -> Varyings {
    return Varyings(to_clip(i, position), -to_view(i, position).z, label);
}

// Too far reads infinity, too close reads 0; the ends of the range count as outside it, as in
// RenderEngineVtk.
fn depth_bits(depth: f32) -> u32 {
    if depth >= sensor.max {
        return INFINITY_BITS;
    }
    if depth <= sensor.min {
        return 0u;
    }
    return bitcast<u32>(depth);
}

@fragment
fn fs_depth(in: Varyings) -> @location(0) u32 {
    return depth_bits(in.depth);
}

@fragment
fn fs_label(in: Varyings) -> @location(0) vec4<f32> {
    return in.label;
}

struct DepthAndLabel {
    @location(0) depth: u32,
    @location(1) label: vec4<f32>,
}

@fragment
fn fs_depth_label(in: Varyings) -> DepthAndLabel {
    return DepthAndLabel(depth_bits(in.depth), in.label);
}

// The same with holes: the alpha of the base color, as glTF's alphaMode MASK has it.

@group(1) @binding(0) var base_color_texture: texture_2d<f32>;
@group(1) @binding(1) var base_color_sampler: sampler;

struct Masked {
    @builtin(position) clip: vec4<f32>,
    @location(0) depth: f32,
    @location(1) @interpolate(flat) label: vec4<f32>,
    // Texture coordinates, and alpha without the texture.
    @location(2) mask: vec3<f32>,
    // The same at every vertex, and not to be rounded on the way.
    @location(3) @interpolate(flat) cutoff: f32,
}

@vertex
fn vs_masked(
    i: Instance,
    @location(10) label: vec4<f32>,
    @location(11) position: vec3<f32>,
    @location(12) mask: vec4<f32>,
) -> Masked {
    return Masked(to_clip(i, position), -to_view(i, position).z, label, mask.xyz, mask.w);
}

fn cut(in: Masked) {
    let alpha = textureSample(base_color_texture, base_color_sampler, in.mask.xy).a * in.mask.z;
    if alpha < in.cutoff {
        discard;
    }
}

@fragment
fn fs_masked_depth(in: Masked) -> @location(0) u32 {
    cut(in);
    return depth_bits(in.depth);
}

@fragment
fn fs_masked_label(in: Masked) -> @location(0) vec4<f32> {
    cut(in);
    return in.label;
}

@fragment
fn fs_masked_depth_label(in: Masked) -> DepthAndLabel {
    cut(in);
    return DepthAndLabel(depth_bits(in.depth), in.label);
}
