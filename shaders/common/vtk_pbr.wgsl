// The physically based model of Drake's RenderEngineVtk for direct light.
//
// One white light of intensity 1 along the optical axis, so that toward-the-light is +Z of view
// space at every pixel; no ambient light, no environment. GGX with the height-correlated visibility
// term and Schlick's Fresnel, a light colour of 1 (not pi), and Drake's narrowing of the roughness.

const PI: f32 = 3.14159265358979;
// Dot products are kept away from 0, where the terms divide.
const LEAST_DOT: f32 = 1e-5;

fn clamped_dot(a: vec3<f32>, b: vec3<f32>) -> f32 {
    return clamp(dot(a, b), LEAST_DOT, 1.0);
}

// Linear radiance of a surface of this albedo; n and v are unit vectors, v toward the eye.
fn reflect_light(albedo: vec3<f32>, metallic: f32, roughness: f32, n: vec3<f32>, v: vec3<f32>) -> vec3<f32> {
    let l = vec3<f32>(0.0, 0.0, 1.0);
    let h = normalize(l + v);
    let nl = clamped_dot(n, l);
    let nv = clamped_dot(n, v);
    let nh = clamped_dot(n, h);
    let hl = clamped_dot(h, l);

    // A point light would be a point on a perfect mirror; Drake keeps it visible.
    let r = 0.95 * roughness + 0.05;
    let r2 = r * r;

    let a2 = r2 * r2;
    let d = (nh * a2 - nh) * nh + 1.0;
    let distribution = a2 / (PI * d * d);

    let toward_light = nv * sqrt(r2 + nl * (nl - r2 * nl));
    let toward_eye = nl * sqrt(r2 + nv * (nv - r2 * nv));
    let visibility = 0.5 / (toward_light + toward_eye);

    let f0 = mix(vec3<f32>(0.04), albedo, metallic);
    let f90 = mix(vec3<f32>(clamp(dot(f0, vec3<f32>(16.5)), 0.0, 1.0)), vec3<f32>(1.0), metallic);
    let off = 1.0 - hl;
    let fresnel = f0 + (f90 - f0) * ((off * off) * (off * off) * off);

    let diffuse = (1.0 - metallic) * (1.0 - fresnel) * albedo / PI;
    return (diffuse + distribution * visibility * fresnel) * nl;
}

// From linear light to the image: a plain power, as RenderEngineVtk has it, not the sRGB curve.
const DISPLAY_POWER: f32 = 1.0 / 2.2;
// That of the sRGB curve.
const SRGB_POWER: f32 = 1.0 / 2.4;

fn powered(linear: vec3<f32>, power: f32) -> vec3<f32> {
    return pow(max(linear, vec3<f32>(0.0)), vec3<f32>(power));
}

// The sRGB curve (IEC 61966-2-1) of numbers in [0, 1] whose power is known.
fn from_srgb_power(linear: vec3<f32>, power: vec3<f32>) -> vec3<f32> {
    return select(1.055 * power - 0.055, 12.92 * linear, linear <= vec3<f32>(0.0031308));
}
