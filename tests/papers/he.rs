//! He, Zhang, Ren and Sun (2015), "Deep Residual Learning for Image Recognition": the number of
//! parameters of their networks for CIFAR-10.

use hessian::network::{Program, ResNet, Shortcut, Version};

fn parameters(version: Version, shortcut: Shortcut, blocks: usize) -> usize {
    let input = [3, 32, 32];
    let net = ResNet { version, shortcut, blocks, width: 16, input, classes: 10 };
    Program::new(&net.description().unwrap()).unwrap().parameters()
}

/// Table 6, in millions and rounded there: ResNet-20 to ResNet-110 with shortcut A.
#[test]
fn parameters_of_table_6() {
    for (blocks, layers, millions) in
        [(3, 20, "0.27"), (5, 32, "0.46"), (7, 44, "0.66"), (9, 56, "0.85")]
    {
        let found = parameters(Version::V1, Shortcut::A, blocks) as f64 / 1e6;
        assert_eq!(format!("{found:.2}"), millions, "ResNet-{layers}");
    }
    let found = parameters(Version::V1, Shortcut::A, 18) as f64 / 1e6;
    assert_eq!(format!("{found:.1}"), "1.7", "ResNet-110");
}

/// A projection adds its kernels, 16 x 32 + 32 x 64, and in version 1 two parameters per channel of
/// its batch norm.
#[test]
fn parameters_of_projections() {
    let a = |version| parameters(version, Shortcut::A, 3);
    let b = |version| parameters(version, Shortcut::B, 3);
    assert_eq!(b(Version::V1) - a(Version::V1), 512 + 2048 + 2 * (32 + 64));
    // Version 2 has the norms of version 1 in other places, as many of every width; its projections
    // have none of their own.
    assert_eq!(b(Version::V2) - a(Version::V2), 512 + 2048);
    assert_eq!(a(Version::V2), a(Version::V1));
}
