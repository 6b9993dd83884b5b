//! Laws of the depth distributions.

use hessian::depth::{DepthLaw, LAYER_LIMIT, PathLengthLaw};
use proptest::prelude::*;

proptest! {
    #[test]
    fn weights_are_normalised_and_moments_agree(layers in 1_usize..400, exponent in -8.0_f64..8.0) {
        let law = DepthLaw::new(layers, exponent.exp()).unwrap();
        prop_assert_eq!(law.epsilon.len(), layers);
        let square: f64 = law.epsilon.iter().map(|weight| weight * weight).sum();
        prop_assert!((square - 1.0).abs() < 1e-13);
        let alpha_squared = law.nu_second + law.nu_prime - law.nu_prime * law.nu_prime;
        prop_assert!((alpha_squared - law.alpha_squared).abs() < 1e-11 * (1.0 + law.nu_second));
        // Deviation of the largest weight from beta p/(1 + beta): at most 1.
        let peak = layers as f64 * law.beta / (1.0 + law.beta);
        for r in &law.argmax {
            prop_assert!((*r as f64 - peak).abs() <= 1.0 + 1e-9);
            prop_assert!(law.epsilon.iter().all(|weight| *weight <= law.epsilon[r - 1]));
        }
    }

    #[test]
    fn inverse_beta_turns_the_series_round(layers in 1_usize..200, power in -6_i32..6) {
        // A power of two has an exact inverse.
        let law = DepthLaw::new(layers, 2_f64.powi(power)).unwrap();
        let turned = DepthLaw::new(layers, 2_f64.powi(-power)).unwrap();
        for (one, other) in law.epsilon.iter().zip(turned.epsilon.iter().rev()) {
            prop_assert!((one - other).abs() < 1e-12);
        }
    }

    #[test]
    fn more_gain_means_longer_paths(
        gains in prop::collection::vec(0.0_f64..5.0, 1..40), block in 0_usize..40, more in 0.01_f64..3.0,
    ) {
        let law = PathLengthLaw::of_gains(&gains).unwrap();
        prop_assert!((law.probability.iter().sum::<f64>() - 1.0).abs() < 1e-13);
        let mut raised = gains.clone();
        raised[block % gains.len()] += more;
        prop_assert!(PathLengthLaw::of_gains(&raised).unwrap().mean > law.mean);
    }
}

#[test]
fn what_is_refused_and_why() {
    for beta in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = DepthLaw::new(10, beta).unwrap_err();
        assert!(error.is_spec() && error.to_string().contains(&beta.to_string()), "{error}");
    }
    assert!(DepthLaw::new(0, 1.0).unwrap_err().is_spec());
    assert!(DepthLaw::new(LAYER_LIMIT + 1, 1.0).unwrap_err().is_capacity());
    assert!(DepthLaw::new(usize::MAX, 1.0).unwrap_err().is_capacity());
    assert!(PathLengthLaw::of_gains(&[]).unwrap_err().is_data());
    let error = PathLengthLaw::of_gains(&[0.5, -0.25]).unwrap_err().to_string();
    assert!(error.contains("gain 2 of 2") && error.contains("-0.25"), "{error}");
}

/// The document of the command line: these keys, in this order.
#[test]
fn serialised_keys() {
    let json = serde_json::to_string(&DepthLaw::new(1, 0.5).unwrap()).unwrap();
    assert_eq!(
        json,
        r#"{"layers":1,"beta":0.5,"epsilon":[1.0],"argmax":[1],"mean":1.0,"sd":0.0,"nu_prime":1.0,"nu_second":0.0,"q":0.0,"alpha_squared":0.0,"theta":null}"#
    );
    let json = serde_json::to_string(&PathLengthLaw::of_gains(&[1.0]).unwrap()).unwrap();
    assert_eq!(json, r#"{"probability":[0.5,0.5],"mean":0.5,"sd":0.5}"#);
}
