//! What a user may write down as a network, and what is refused with a reason.

use hessian::data::NamedTensor;
use hessian::network::{
    Batch, BatchTargets, Description, Normalization, Point, Program, ResNet, Shortcut, State,
    Version,
};

fn refused(text: &str, words: &[&str]) {
    let error = Description::from_toml(text)
        .and_then(|description| Program::new(&description).map(|_| ()))
        .expect_err(text)
        .to_string();
    for word in words {
        assert!(error.contains(word), "`{word}` is not in: {error}");
    }
}

fn network(layers: &str) -> String {
    format!("input = 3\nloss = \"squared\"\nlayers = [{layers}]")
}

#[test]
fn mistakes_are_named_with_their_place() {
    let cases: [(&str, &[&str]); 15] = [
        (r#"{ kind = "dropout" }"#, &["`dropout`", "did you mean `"]),
        (r#"{ kind = "Dense", out = 2 }"#, &["`Dense`", "did you mean `linear`"]),
        (r#"{ kind = "AdaptiveAvgPool2d" }"#, &["did you mean `global_average_pool`"]),
        (r#"{ kind = "liner", out = 2 }"#, &["layers[0]", "`liner`", "did you mean `linear`"]),
        (r#"{ kind = "ReLU" }"#, &["`ReLU`", "did you mean `relu`"]),
        (r#"{ kind = "linear", outs = 2 }"#, &["layers[0]", "`outs`", "did you mean `out`"]),
        (r#"{ kind = "linear" }"#, &["layers[0]", "`out`", "nothing"]),
        (r#"{ kind = "linear", out = 2, bais = true }"#, &["`bais`", "did you mean `bias`"]),
        (r#"{ kind = "linear", out = 0 }"#, &["`out`", "0"]),
        (r#"{ kind = "linear", out = -4 }"#, &["`out`", "-4"]),
        (r#"{ kind = "linear", out = "2" }"#, &["`out`", "whole number"]),
        (r#"{ kind = "batch_norm", momentum = 1.5 }"#, &["`momentum`", "1.5"]),
        (
            r#"{ kind = "residual", branch = [{ kind = "relu" }, { kind = "tan" }] }"#,
            &["layers[0].branch[1]", "`tan`", "did you mean `tanh`"],
        ),
        (
            r#"{ kind = "residual", branch = [{ kind = "linear", out = 4 }] }"#,
            &["layer 0", "4 features", "3"],
        ),
        (r#"{ kind = "residual", scale = { fixd = 1.0 }, branch = [] }"#, &["`scale`", "fixed"]),
    ];
    for (layers, words) in cases {
        refused(&network(layers), words);
    }
    refused("input = 3", &["loss"]);
    refused("input = [", &["toml"]);
    refused("input = 3\nloss = \"mse\"\nlayers = []", &["did you mean `squared`"]);
    refused("input = 3\nloss = \"squard\"\nlayers = []", &["did you mean `squared`"]);
}

#[test]
fn layers_of_images_that_do_not_fit_are_named_with_both_shapes() {
    let cases: [(&str, &[&str]); 13] = [
        (r#"{ kind = "linear", out = 2 }"#, &["layer 0: linear", "[2, 6, 4]", "flatten"]),
        (
            r#"{ kind = "flatten" }, { kind = "conv2d", out = 2, kernel = 1 }"#,
            &["layer 1: conv2d", "48 features"],
        ),
        (
            r#"{ kind = "flatten" }, { kind = "global_average_pool" }"#,
            &["layer 1: global_average_pool", "48 features"],
        ),
        (
            r#"{ kind = "conv2d", out = 2, kernel = 7, padding = 1 }"#,
            &["layer 0", "7 x 7", "[2, 6, 4]", "8 x 6"],
        ),
        (r#"{ kind = "relu" }"#, &["ends with an image [2, 6, 4]", "flatten"]),
        (
            r#"{ kind = "residual", branch = [{ kind = "conv2d", out = 3, kernel = 3, padding = 1 }] }"#,
            &["layer 0", "[3, 6, 4]", "[2, 6, 4]", "`shortcut`"],
        ),
        (
            r#"{ kind = "residual", branch = [{ kind = "conv2d", out = 3, kernel = 3, stride = 2 }],
                 shortcut = [{ kind = "conv2d", out = 3, kernel = 1, stride = 2 }] }"#,
            &["layer 0", "branch ends with an image [3, 2, 1]", "shortcut with an image [3, 3, 2]"],
        ),
        (
            r#"{ kind = "residual", branch = [{ kind = "relu" }], shortcut = [{ kind = "linear", out = 2 }] }"#,
            &["layer 0.shortcut.0: linear", "[2, 6, 4]"],
        ),
        (
            r#"{ kind = "residual", branch = [{ kind = "relu" }], shortcut = [{ kind = "conv3d" }] }"#,
            &["layers[0].shortcut[0]", "`conv3d`", "did you mean `conv2d`"],
        ),
        (
            r#"{ kind = "residual", branch = [{ kind = "relu" }], shortcuts = [] }"#,
            &["`shortcuts`", "did you mean `shortcut`"],
        ),
        (r#"{ kind = "conv2d", out = 2, kernel = 3, stride = 0 }"#, &["`stride`", "0"]),
        (r#"{ kind = "conv2d", out = 2, kernel = 3, padding = -1 }"#, &["`padding`", "-1"]),
        (r#"{ kind = "subsample_pad", out = 1 }"#, &["layer 0", "out = 1", "[2, 6, 4]"]),
    ];
    for (layers, words) in cases {
        refused(&network(layers).replace("input = 3", "input = [2, 6, 4]"), words);
    }
    for input in ["[2, 6]", "[2, 6, 0]", "[2, 6, 4, 1]", "0", "\"3\"", "[4096, 4096, 4096]"] {
        let text =
            network(r#"{ kind = "flatten" }"#).replace("input = 3", &format!("input = {input}"));
        refused(&text, &["`input`", "[channels, height, width]", input]);
    }
    let wide = r#"{ kind = "conv2d", out = 16777216, kernel = 1, padding = 16777216 }"#;
    refused(&network(wide).replace("input = 3", "input = [1, 1, 1]"), &["layer 0", "smaller"]);
}

/// Any layer is written as often as `repeat` says.
#[test]
fn every_kind_of_layer_repeats() {
    let parsed = |layers: &str| Description::from_toml(&network(layers)).unwrap().layers;
    let linear = r#"{ kind = "linear", out = 3 }"#;
    let twice = parsed(&format!("{linear}, {linear}, {{ kind = \"tanh\" }}"));
    let short = r#"{ kind = "linear", out = 3, repeat = 2 }, { kind = "tanh", repeat = 1 }"#;
    assert_eq!(parsed(short), twice);
    refused(&network(r#"{ kind = "relu", repeat = 0 }"#), &["layers[0]", "`repeat`", "0"]);
}

/// Refused before anything is allocated: the test would not end otherwise.
#[test]
fn a_repeat_beyond_memory_is_refused_at_once() {
    let branch = r#"branch = [{ kind = "relu" }]"#;
    for repeat in ["4000000000", "9223372036854775807"] {
        refused(
            &network(&format!("{{ kind = \"residual\", repeat = {repeat}, {branch} }}")),
            &["repeat"],
        );
    }
    let inner = format!("{{ kind = \"residual\", repeat = 90000, {branch} }}");
    let outer = format!("{{ kind = \"residual\", repeat = 90000, branch = [{inner}] }}");
    refused(&network(&outer), &["100000", "layers"]);
}

/// Every kind and every key away from its default, at every level.
#[test]
fn a_description_is_read_back_as_it_is_written() {
    let text = r#"
        input = [2, 7, 5]
        loss = "hinge"
        layers = [
          { kind = "conv2d", out = 3, kernel = 3, stride = 2, padding = 4, bias = false },
          { kind = "conv2d", out = 3, kernel = 1 },
          { kind = "conv2d", out = 3, kernel = 1 },
          { kind = "batch_norm", eps = 0.001, momentum = 1e-9 },
          { kind = "residual", repeat = 3, scale = { learned = -0.1 }, branch = [
            { kind = "residual", scale = { fixed = 2.0 }, branch = [{ kind = "tanh" }] },
            { kind = "softplus" }, { kind = "batch_norm" } ] },
          { kind = "residual", branch = [{ kind = "conv2d", out = 4, kernel = 1, stride = 2 }],
            shortcut = [{ kind = "subsample_pad", out = 4, stride = 2 }, { kind = "identity" }] },
          { kind = "residual", branch = [{ kind = "subsample_pad", out = 4 }] },
          { kind = "global_average_pool" }, { kind = "flatten" },
          { kind = "linear", out = 3, bias = false }, { kind = "relu" }, { kind = "linear", out = 2 },
        ]"#;
    let description = Description::from_toml(text).unwrap();
    let written = description.to_string();
    assert_eq!(Description::from_toml(&written).unwrap(), description, "{written}");
    assert!(written.contains("repeat = 3"), "{written}");
    for (version, shortcut) in [Version::V1, Version::V2]
        .into_iter()
        .flat_map(|version| [Shortcut::A, Shortcut::B].map(|shortcut| (version, shortcut)))
    {
        let input = [1, 5, 6];
        let net = ResNet { version, shortcut, blocks: 2, width: 3, input, classes: 4 };
        let description = net.description().unwrap();
        assert_eq!(Description::from_toml(&description.to_string()).unwrap(), description);
        let program = Program::new(&description).unwrap();
        assert_eq!((program.blocks.len(), program.outputs()), (6, 4));
    }
}

#[test]
fn names_and_order_are_those_of_pytorch() {
    let text = network(
        r#"{ kind = "residual", repeat = 2, scale = { learned = 0.5 }, branch = [
             { kind = "batch_norm" }, { kind = "relu" }, { kind = "linear", out = 3 }] },
           { kind = "linear", out = 1, bias = false }"#,
    );
    let program = Program::new(&Description::from_toml(&text).unwrap()).unwrap();
    let names: Vec<&str> =
        program.layout.tensors().iter().map(|tensor| tensor.name.as_str()).collect();
    let block = |n: usize| {
        ["scale", "branch.0.weight", "branch.0.bias", "branch.2.weight", "branch.2.bias"]
            .map(|what| format!("{n}.{what}"))
    };
    let expected: Vec<String> =
        block(0).into_iter().chain(block(1)).chain(["2.weight".to_owned()]).collect();
    assert_eq!(names, expected);
    let state = State::<f64>::initial(
        &program,
        &mut hessian::random::Streams::new(1, "t", 0).stream("weights", ""),
    );
    assert_eq!(state.parameters[program.layout.find("1.scale").unwrap().offset], 0.5);
    assert_eq!(state.parameters[program.layout.find("0.branch.0.weight").unwrap().offset], 1.0);
}

fn tensors(program: &Program) -> Vec<NamedTensor> {
    let tensor = |tensor: &hessian::network::Tensor| NamedTensor {
        name: tensor.name.clone(),
        shape: tensor.shape.clone(),
        entries: vec![0.5; tensor.size()],
    };
    program.layout.tensors().iter().map(tensor).collect()
}

#[test]
fn weights_that_do_not_fit_are_named() {
    let text = network(r#"{ kind = "linear", out = 2 }, { kind = "batch_norm" }"#);
    let program = Program::new(&Description::from_toml(&text).unwrap()).unwrap();
    let whole = tensors(&program);
    assert!(State::<f64>::from_tensors(&program, &whole, "file").is_ok());
    let error = |change: &dyn Fn(&mut Vec<NamedTensor>)| {
        let mut changed = whole.clone();
        change(&mut changed);
        let error = State::<f64>::from_tensors(&program, &changed, "file").unwrap_err();
        assert!(error.is_data());
        error.to_string()
    };
    let missing = error(&|t| {
        t.remove(1);
    });
    assert!(missing.contains("`0.bias`") && missing.contains("missing"), "{missing}");
    let shape = error(&|t| t[0].shape = vec![3, 2]);
    assert!(shape.contains("`0.weight`") && shape.contains("[2, 3]"), "{shape}");
    let nan = error(&|t| t[2].entries[1] = f64::NAN);
    assert!(nan.contains("`1.weight`") && nan.contains("NaN at entry 1"), "{nan}");
    let extra = error(&|t| t.push(NamedTensor { name: "0.wieght".into(), ..t[0].clone() }));
    assert!(extra.contains("`0.wieght`") && extra.contains("`0.weight`"), "{extra}");
    let half = error(&|t| t.push(NamedTensor { name: "1.running_mean".into(), ..t[1].clone() }));
    assert!(half.contains("`1.running_var`"), "{half}");
}

#[test]
fn batches_that_do_not_fit_are_refused() {
    let text = r#"
        input = 2
        loss = "cross_entropy"
        layers = [{ kind = "linear", out = 3 }, { kind = "batch_norm" }]"#;
    let program = Program::new(&Description::from_toml(text).unwrap()).unwrap();
    let state = State::<f64>::from_tensors(&program, &tensors(&program), "file").unwrap();
    let message = |features: usize, inputs: usize, targets: BatchTargets<f64>| {
        let samples = inputs / features;
        let batch = Batch { features, samples, inputs: vec![1.0; inputs], targets };
        Point::new(&program, &state, Normalization::Batch, &batch).unwrap_err().to_string()
    };
    let classes = |labels: &[usize]| BatchTargets::Classes(labels.to_vec());
    assert!(message(3, 6, classes(&[0, 1])).contains("takes 2 features, the data has 3"));
    assert!(message(2, 4, classes(&[0, 3])).contains("sample 1 has class 3"));
    assert!(message(2, 2, classes(&[0])).contains("at least 2 samples"));
    assert!(message(2, 4, BatchTargets::Values(vec![0.0; 6])).contains("class per sample"));
}

/// In evaluation mode, and wherever a channel has several positions, one sample is enough; an
/// image of one position is like a feature.
#[test]
fn a_batch_of_one_needs_a_second_number_to_normalise() {
    let norm = r#"{ kind = "batch_norm" }, { kind = "flatten" }"#;
    for (input, found) in [("[2, 1, 1]", Some("at least 2 samples")), ("[2, 1, 2]", None)] {
        let text = network(norm).replace("input = 3", &format!("input = {input}"));
        let program = Program::new(&Description::from_toml(&text).unwrap()).unwrap();
        let state = State::<f64>::from_tensors(&program, &tensors(&program), "file").unwrap();
        let size = program.widths[0];
        let batch = Batch {
            features: size,
            samples: 1,
            inputs: (0..size).map(|i| i as f64).collect(),
            targets: BatchTargets::Values(vec![0.0; size]),
        };
        assert!(Point::new(&program, &state, Normalization::Running, &batch).is_ok());
        for kind in [Normalization::Batch, Normalization::Frozen] {
            let point = Point::new(&program, &state, kind, &batch);
            match (point, found) {
                (Err(error), Some(words)) => assert!(error.to_string().contains(words), "{error}"),
                (Ok(point), None) => {
                    // per channel: values 0, 1 and 2, 3 are -1 and 1 over sqrt(1 + eps / var)
                    let unit = 1.0 / (1.0_f64 + 4e-5).sqrt();
                    let loss = (0.5 - 0.5 * unit).powi(2) + (0.5 + 0.5 * unit).powi(2);
                    assert!((point.loss() - loss).abs() < 1e-14, "{}", point.loss());
                }
                (point, _) => panic!("{input}: {:?}", point.map(|point| point.loss())),
            }
        }
    }
}

#[test]
fn the_hinge_takes_classes_or_signs() {
    let text = network(r#"{ kind = "linear", out = 2 }"#).replace("squared", "hinge");
    let program = Program::new(&Description::from_toml(&text).unwrap()).unwrap();
    let mut state = State::<f64>::from_tensors(&program, &tensors(&program), "file").unwrap();
    state.parameters[6] = 0.25;
    let point = |targets| {
        let batch = Batch { features: 3, samples: 1, inputs: vec![1.0, -1.0, 0.5], targets };
        Point::new(&program, &state, Normalization::Running, &batch)
            .map(|point| (point.loss(), point.gradient()[6..].to_vec(), point.accuracy()))
    };
    // the outputs are 0.25 + 0.25 and 0.25 + 0.5
    let class = |label| point(BatchTargets::Classes(vec![label])).unwrap();
    assert_eq!(class(0), (1.25 / 2.0, vec![-0.5, 0.5], 0.0));
    assert_eq!(class(1), (0.75 / 2.0, vec![0.5, -0.5], 1.0));
    let signs = point(BatchTargets::Values(vec![-1.0, 1.0])).unwrap();
    assert_eq!((signs.0, signs.1), (1.5 + 0.25, vec![1.0, -1.0]));
    let error = point(BatchTargets::Values(vec![-1.0, 0.5])).unwrap_err();
    assert!(error.is_data() && error.to_string().contains("0.5"), "{error}");
}

/// Layers within blocks count once, at any depth: 100,000 are allowed, one more is not.
#[test]
fn nested_layers_count_once() {
    let block =
        |layers: &str, more: &str| format!(r#"{{ kind = "residual", branch = [{layers}]{more} }}"#);
    let relu = r#"{ kind = "relu" }"#;
    let deep = block(&block(&block(relu, ""), ""), ", repeat = 25000");
    Description::from_toml(&network(&deep)).unwrap();
    refused(&network(&format!("{deep}, {relu}")), &["layers[1]", "100000"]);
}
