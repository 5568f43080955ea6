// Color as Drake's RenderEngineVtk shades it: Phong where no glTF mesh is in the scene, PBR else.
//
// The vertex entry points differ in what a vertex brings: `plain` a normal; `textured` a texture
// coordinate too; `full` all that glTF's materials use; `wide` the same with texture coordinates for
// every texture. Which one draws is decided in
// `src/render/look`, so that a shape without textures pays for none.

// Bits of a material's options.
const NORMAL_TEXTURE: u32 = 1u;
const FLAT: u32 = 2u;
const TANGENTS_AS_NORMALS: u32 = 4u;
const UNLIT: u32 = 8u;
const PARALLEL: u32 = 16u;
const NO_CURVE: u32 = 32u;
// From here on, so many for each texture, in the order of the bindings: which stream of texture
// coordinates it reads.
const STREAMS_AT: u32 = 8u;
const STREAM_BITS: u32 = 3u;

// Vertices hand their material on to pixels. Were it pixels that read it, drivers on the CPU would read
// each number for each pixel of its own: they do not know that all of a triangle read the same.

fn has_option(m: Material, bit: u32) -> bool {
    return (m.emissive_options.w & bit) != 0u;
}

fn stream(m: Material, texture: u32) -> u32 {
    return extractBits(m.emissive_options.w, STREAMS_AT + STREAM_BITS * texture, STREAM_BITS);
}

fn emissive(m: Material) -> vec3<f32> {
    return bitcast<vec3<f32>>(m.emissive_options.xyz);
}

@group(1) @binding(0) var base_color_texture: texture_2d<f32>;
@group(1) @binding(1) var base_color_sampler: sampler;
@group(1) @binding(2) var metallic_roughness_texture: texture_2d<f32>;
@group(1) @binding(3) var metallic_roughness_sampler: sampler;
@group(1) @binding(4) var normal_texture: texture_2d<f32>;
@group(1) @binding(5) var normal_sampler: sampler;
@group(1) @binding(6) var occlusion_texture: texture_2d<f32>;
@group(1) @binding(7) var occlusion_sampler: sampler;
@group(1) @binding(8) var emissive_texture: texture_2d<f32>;
@group(1) @binding(9) var emissive_sampler: sampler;

// Normals are made to face the eye: a surface seen from behind is lit like its front. Where the file
// has no normals, VTK takes the triangle's and turns it toward the image plane instead.
fn facing(m: Material, normal: vec3<f32>, front: bool) -> vec3<f32> {
    let n = normalize(normal);
    let is_flat = has_option(m, FLAT);
    return select(-n, n, select(front, n.z >= 0.0, is_flat));
}

// The direction from a point to the eye, which is at the origin or, for a parallel projection,
// infinitely far behind it.
fn to_eye(m: Material, position: vec3<f32>) -> vec3<f32> {
    let is_parallel = has_option(m, PARALLEL);
    return select(normalize(-position), vec3<f32>(0.0, 0.0, 1.0), is_parallel);
}

struct Plain {
    @builtin(position) clip: vec4<f32>,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) @interpolate(flat) base_color: vec4<f32>,
    @location(3) @interpolate(flat) emissive_options: vec4<u32>,
    @location(4) @interpolate(flat) factors: vec4<f32>,
}

@vertex
fn vs_plain(
    @builtin(instance_index) index: u32,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
) -> Plain {
    let i = instances[index];
    return Plain(
        to_clip(i, position),
        to_view(i, position),
        normal_to_view(i, normal),
        i.material.base_color,
        i.material.emissive_options,
        i.material.factors,
    );
}

struct Textured {
    @builtin(position) clip: vec4<f32>,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) tex_coord: vec2<f32>,
    @location(3) @interpolate(flat) base_color: vec4<f32>,
    @location(4) @interpolate(flat) emissive_options: vec4<u32>,
    @location(5) @interpolate(flat) factors: vec4<f32>,
}

@vertex
fn vs_textured(
    @builtin(instance_index) index: u32,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) tex_coord: vec2<f32>,
) -> Textured {
    let i = instances[index];
    return Textured(
        to_clip(i, position),
        to_view(i, position),
        normal_to_view(i, normal),
        tex_coord,
        i.material.base_color,
        i.material.emissive_options,
        i.material.factors,
    );
}

struct Full {
    @builtin(position) clip: vec4<f32>,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) tex_coords: vec4<f32>,
    @location(3) tangent: vec4<f32>,
    @location(4) color: vec4<f32>,
    @location(5) @interpolate(flat) base_color: vec4<f32>,
    @location(6) @interpolate(flat) emissive_options: vec4<u32>,
    @location(7) @interpolate(flat) factors: vec4<f32>,
    @location(8) @interpolate(flat) cutoff: f32,
}

@vertex
fn vs_full(
    @builtin(instance_index) index: u32,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) tex_coords: vec4<f32>,
    @location(3) tangent: vec4<f32>,
    @location(4) color: vec4<f32>,
) -> Full {
    let i = instances[index];
    return Full(
        to_clip(i, position),
        to_view(i, position),
        normal_to_view(i, normal),
        tex_coords,
        tangent_to_view(i, tangent),
        color,
        i.material.base_color,
        i.material.emissive_options,
        i.material.factors,
        i.material.cutoff,
    );
}

fn tangent_to_view(i: Instance, tangent: vec4<f32>) -> vec4<f32> {
    var t = direction_to_view(i, tangent.xyz);
    if has_option(i.material, TANGENTS_AS_NORMALS) {
        t = normal_to_view(i, tangent.xyz);
    }
    return vec4<f32>(t, tangent.w);
}

struct Wide {
    @builtin(position) clip: vec4<f32>,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) tex_coords01: vec4<f32>,
    @location(3) tex_coords23: vec4<f32>,
    @location(4) tex_coords4: vec2<f32>,
    @location(5) tangent: vec4<f32>,
    @location(6) color: vec4<f32>,
    @location(7) @interpolate(flat) base_color: vec4<f32>,
    @location(8) @interpolate(flat) emissive_options: vec4<u32>,
    @location(9) @interpolate(flat) factors: vec4<f32>,
    @location(10) @interpolate(flat) cutoff: f32,
}

@vertex
fn vs_wide(
    @builtin(instance_index) index: u32,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(2) tex_coords01: vec4<f32>,
    @location(3) tangent: vec4<f32>,
    @location(4) color: vec4<f32>,
    @location(5) tex_coords23: vec4<f32>,
    @location(6) tex_coords4: vec2<f32>,
) -> Wide {
    let i = instances[index];
    return Wide(
        to_clip(i, position),
        to_view(i, position),
        normal_to_view(i, normal),
        tex_coords01,
        tex_coords23,
        tex_coords4,
        tangent_to_view(i, tangent),
        color,
        i.material.base_color,
        i.material.emissive_options,
        i.material.factors,
        i.material.cutoff,
    );
}

// Phong with a diffuse part only, which is all that RenderEngineVtk's default light gives: the
// cosine to the optical axis, per pixel. Texture bytes multiply as they are.
fn phong(m: Material, color: vec4<f32>, normal: vec3<f32>) -> vec4<f32> {
    if has_option(m, UNLIT) {
        return color;
    }
    return vec4<f32>(color.rgb * max(normal.z, 0.0), color.a);
}

@fragment
fn fs_phong_plain(in: Plain, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    let m = Material(in.base_color, in.emissive_options, in.factors, 0.0);
    return phong(m, m.base_color, facing(m, in.normal, front));
}

@fragment
fn fs_phong_textured(in: Textured, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    let m = Material(in.base_color, in.emissive_options, in.factors, 0.0);
    let texel = textureSample(base_color_texture, base_color_sampler, in.tex_coord);
    return phong(m, m.base_color * texel, facing(m, in.normal, front));
}

fn pbr(m: Material, color: vec4<f32>, position: vec3<f32>, normal: vec3<f32>) -> vec4<f32> {
    let v = to_eye(m, position);
    let light = reflect_light(color.rgb, m.factors.x, m.factors.y, normal, v);
    return vec4<f32>(to_image(m, color.rgb, light, emissive(m)), color.a);
}

@fragment
fn fs_pbr_plain(in: Plain, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    let m = Material(in.base_color, in.emissive_options, in.factors, 0.0);
    return pbr(m, m.base_color, in.position, facing(m, in.normal, front));
}

@fragment
fn fs_pbr_textured(in: Textured, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    let m = Material(in.base_color, in.emissive_options, in.factors, 0.0);
    let texel = textureSample(base_color_texture, base_color_sampler, in.tex_coord);
    return pbr(m, m.base_color * texel, in.position, facing(m, in.normal, front));
}

// What is reflected and emitted, as the image has it; or, without light, the base color as it is:
// through the sRGB curve, so that a texture's bytes come back; VTK leaves out the curve. Points and
// lines without normals emit something too (glTF 3.9.7); for KHR_materials_unlit `src/render/look`
// leaves no emission.
//
// Drivers on the CPU compute both sides of a branch, so that one power serves both.
fn to_image(m: Material, color: vec3<f32>, light: vec3<f32>, emission: vec3<f32>) -> vec3<f32> {
    let is_unlit = has_option(m, UNLIT);
    let has_no_curve = has_option(m, NO_CURVE);
    let unlit = color + emission;
    let linear = select(light + emission, clamp(unlit, vec3<f32>(0.0), vec3<f32>(1.0)), is_unlit);
    let power = powered(linear, select(DISPLAY_POWER, SRGB_POWER, is_unlit));
    return select(power, select(from_srgb_power(linear, power), unlit, has_no_curve), is_unlit);
}

// A pixel of a surface with all that glTF's materials use.
struct FullSurface {
    position: vec3<f32>,
    normal: vec3<f32>,
    tangent: vec4<f32>,
    color: vec4<f32>,
    // The texture coordinates of each texture.
    base_color: vec2<f32>,
    metallic_roughness: vec2<f32>,
    bump: vec2<f32>,
    occlusion: vec2<f32>,
    emissive: vec2<f32>,
}

fn pbr_full(m: Material, in: FullSurface, front: bool) -> vec4<f32> {
    let base = textureSample(base_color_texture, base_color_sampler, in.base_color);
    let orm = textureSample(metallic_roughness_texture, metallic_roughness_sampler, in.metallic_roughness);
    let bump = textureSample(normal_texture, normal_sampler, in.bump);
    let occlusion = textureSample(occlusion_texture, occlusion_sampler, in.occlusion);
    let emission = textureSample(emissive_texture, emissive_sampler, in.emissive);

    let color = m.base_color * base * in.color;
    if color.a < m.cutoff {
        discard;
    }

    var n = facing(m, in.normal, front);
    if has_option(m, NORMAL_TEXTURE) {
        let t = normalize(in.tangent.xyz - n * dot(in.tangent.xyz, n));
        let b = cross(n, t) * in.tangent.w;
        let scale = vec3<f32>(m.factors.z, m.factors.z, 1.0);
        let local = normalize((bump.xyz * 2.0 - 1.0) * scale);
        n = normalize(t * local.x + b * local.y + n * local.z);
    }

    let v = to_eye(m, in.position);
    let light = reflect_light(color.rgb, m.factors.x * orm.b, m.factors.y * orm.g, n, v);
    let shaded = mix(light, light * occlusion.r, m.factors.w);
    return vec4<f32>(to_image(m, color.rgb, shaded, emissive(m) * emission.rgb), color.a);
}

fn of_two(streams: vec4<f32>, index: u32) -> vec2<f32> {
    return select(streams.xy, streams.zw, index == 1u);
}

@fragment
fn fs_pbr_full(in: Full, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    let m = Material(in.base_color, in.emissive_options, in.factors, in.cutoff);
    return pbr_full(
        m,
        FullSurface(
            in.position,
            in.normal,
            in.tangent,
            in.color,
            of_two(in.tex_coords, stream(m, 0u)),
            of_two(in.tex_coords, stream(m, 1u)),
            of_two(in.tex_coords, stream(m, 2u)),
            of_two(in.tex_coords, stream(m, 3u)),
            of_two(in.tex_coords, stream(m, 4u)),
        ),
        front,
    );
}

fn of_five(in: Wide, index: u32) -> vec2<f32> {
    if index >= 4u {
        return in.tex_coords4;
    }
    if index >= 2u {
        return of_two(in.tex_coords23, index - 2u);
    }
    return of_two(in.tex_coords01, index);
}

@fragment
fn fs_pbr_wide(in: Wide, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    let m = Material(in.base_color, in.emissive_options, in.factors, in.cutoff);
    return pbr_full(
        m,
        FullSurface(
            in.position,
            in.normal,
            in.tangent,
            in.color,
            of_five(in, stream(m, 0u)),
            of_five(in, stream(m, 1u)),
            of_five(in, stream(m, 2u)),
            of_five(in, stream(m, 3u)),
            of_five(in, stream(m, 4u)),
        ),
        front,
    );
}
