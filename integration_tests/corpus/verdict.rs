//! What may come of a file.

use gltf_render_server::scene::Scene;

/// The longest sentence, bytes.
const LONGEST: usize = 600;

/// What Rust's own formats of values look like, which tell nothing to a user.
const NOISE: [&str; 9] = [
    "Some(",
    "Ok(",
    "Err(",
    "Error(",
    "Index(",
    "Checked",
    "PhantomData",
    "::",
    "panicked",
];

/// What sentences call the objects of a file, each with its index after it.
const OBJECTS: [&str; 17] = [
    "accessor",
    "animation",
    "buffer",
    "bufferView",
    "camera",
    "channel",
    "image",
    "instance",
    "light",
    "material",
    "mesh",
    "node",
    "primitive",
    "sampler",
    "scene",
    "skin",
    "texture",
];

/// Checks what the renderer relies on.
pub fn drawn(scene: &Scene) -> Result<(), String> {
    let hold = |holds: bool, what: &str| holds.then_some(()).ok_or(format!("drawn with {what}"));
    for primitive in &scene.primitives {
        let count = primitive.positions.len();
        let finite = |p: &[f32; 3]| p.iter().all(|x| x.is_finite());
        hold(primitive.positions.iter().all(finite), "an infinite vertex")?;
        let inside = |&index: &u32| (index as usize) < count;
        hold(primitive.indices.iter().all(inside), "an index too large")?;
        hold(primitive.material < scene.materials.len(), "no material")?;
        if let Some(shading) = &primitive.shading {
            hold(shading.normals.len() == count, "too few normals")?;
            let unit = |n: &[f32; 3]| (n.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-4;
            hold(shading.normals.iter().all(unit), "a normal of other length")?;
            let colors = shading.colors.iter().all(|colors| colors.len() == count);
            hold(colors, "too few colors")?;
        }
    }
    for instance in &scene.instances {
        let known = instance.primitive < scene.primitives.len();
        hold(known, "an unknown primitive")?;
        hold(instance.world_from_model.is_finite(), "an infinite pose")?;
    }
    for sentence in &scene.warnings {
        sound(sentence)?;
    }
    Ok(())
}

/// Checks a refusal. Where the fault is `in_list`, an object of the file is named by its number.
pub fn refused(message: &str, in_list: bool) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("refused with {what}: {message:?}"));
    let Some(text) = message.strip_prefix("scene: ") else {
        return wrong("no word of the scene");
    };
    sound(text)?;
    if in_list && !names_an_object(&unquoted(text)) {
        return wrong("no object by its index");
    }
    Ok(())
}

/// Whether a text has an object with its index, as `mesh 3` or as `meshes[3]`.
fn names_an_object(text: &str) -> bool {
    let is_index = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let words: Vec<_> = text
        .split([' ', ',', ':', '.', ';', '(', ')', '\''])
        .collect();
    let named = (words.windows(2)).any(|pair| OBJECTS.contains(&pair[0]) && is_index(pair[1]));
    let in_brackets = || {
        words.iter().any(|word| {
            word.split_once('[').is_some_and(|(list, rest)| {
                let index = rest.split(']').next().unwrap_or_default();
                list.len() > 1 && rest.contains(']') && is_index(index)
            })
        })
    };
    named || in_brackets()
}

/// Checks that a text is one short sentence for people.
fn sound(text: &str) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("a sentence {what}: {text:?}"));
    if text.len() > LONGEST {
        return wrong("too long");
    }
    if text.contains(char::is_control) {
        return wrong("with control characters");
    }
    let plain = unquoted(text);
    let end = plain.strip_suffix('.');
    if !end.is_some_and(|text| text.len() > 8 && !text.ends_with(['.', ' ', ':'])) {
        return wrong("that does not end with one period");
    }
    // Three of them say that something was left out.
    if plain.replace("...", "").contains(". ") {
        return wrong("that is two");
    }
    if let Some(noise) = NOISE.iter().find(|noise| plain.contains(**noise)) {
        return wrong(&format!("with {noise}"));
    }
    Ok(())
}

/// A text without what stands in quotes, which is the file's.
fn unquoted(text: &str) -> String {
    let mut plain = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars() {
        if !quoted && c != '"' {
            plain.push(c);
        }
        if c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && c == '\\' && !escaped;
    }
    plain
}
