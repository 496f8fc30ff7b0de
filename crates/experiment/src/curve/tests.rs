use std::fs;

use super::*;

fn curve(points: &[(u32, &[f64])]) -> Curve {
    let point = |(n_docs, f1): &(u32, &[f64])| CurvePoint { n_docs: *n_docs, f1: f1.to_vec() };
    Curve::new(BaseKey("base".into()), points.iter().map(point).collect(), 1)
}

#[track_caller]
fn near(found: f64, expected: f64, slack: f64) {
    assert!((found - expected).abs() <= slack, "{found} is not {expected}");
}

#[test]
fn a_known_law_is_found_again() {
    for (a, b, c) in [(0.9, 1.5, 0.5), (0.7, 3.0, 1.2), (0.95, 0.9, 0.25)] {
        let law = Law { a, b, c };
        let sizes = [25, 50, 100, 200].map(f64::from);
        let points = sizes.map(|n| (n, a - b * n.powf(-c), 1.0));
        let found = fit(&points);
        near(found.a, a, 1e-5);
        near(found.b, b, 1e-3);
        near(found.c, c, 1e-4);
        near(found.f1(800), law.f1(800), 1e-5);
    }
}

#[test]
fn no_law_leaves_fewer_squares_than_scipy_finds() {
    #[derive(serde::Deserialize)]
    struct Golden {
        curves: Vec<Case>,
    }
    #[derive(serde::Deserialize)]
    struct Case {
        sizes: Vec<f64>,
        f1: Vec<f64>,
        squares: f64,
        at_400: f64,
    }
    let golden = fs::read_to_string("tests/golden/stats.json").unwrap();
    for case in serde_json::from_str::<Golden>(&golden).unwrap().curves {
        let points: Vec<_> =
            case.sizes.iter().zip(&case.f1).map(|(n, f1)| (*n, *f1, 1.0)).collect();
        let law = fit(&points);
        let left = points.iter().map(|it| (it.1 - law.f1(it.0 as u32)).powi(2)).sum::<f64>();
        assert!(left <= case.squares * 1.0001 + 1e-10, "{left} of {}", case.squares);
        near(law.f1(400), case.at_400, 1e-4);
    }
}

#[test]
fn a_curve_that_is_flat_or_jumps_never_falls_beyond_what_it_knows() {
    for f1 in [[0.8, 0.8, 0.8, 0.8], [0.5, 0.9, 0.6, 0.7], [0.799, 0.8, 0.801, 0.798]] {
        let points: Vec<_> = [50, 100, 150, 200].into_iter().zip(f1).collect();
        let found =
            curve(&points.iter().map(|(n, f1)| (*n, std::slice::from_ref(f1))).collect::<Vec<_>>());
        let gain = found.gain(200).unwrap();
        assert!(gain.from <= gain.to && gain.to <= 1.0, "{gain:?}");
        assert!(gain.band.low <= gain.to - gain.from + 1e-9, "{gain:?}");
    }
}

#[test]
fn bands_hold_what_comes_and_are_wider_where_runs_differ() {
    let law = Law { a: 0.88, b: 1.4, c: 0.45 };
    let at = |noise: f64| {
        let runs = [25, 50, 75, 100].map(|n| {
            let f1 = law.f1(n);
            (n, [f1 - noise, f1, f1 + noise])
        });
        curve(&runs.each_ref().map(|(n, f1)| (*n, &f1[..])))
    };
    let (calm, wild) = (at(0.005), at(0.03));
    for curve in [&calm, &wild] {
        assert!(curve.band(200).unwrap().contains(law.f1(200)));
        let gain = curve.gain(100).unwrap();
        assert!(gain.band.contains(law.f1(200) - law.f1(100)), "{gain:?}");
    }
    assert!(calm.band(200).unwrap().width() < wild.band(200).unwrap().width());
    assert!(calm.band(100).unwrap().width() < calm.band(400).unwrap().width());
}

#[test]
fn where_nothing_can_be_said_the_reason_is() {
    let reason = |points: &[(u32, &[f64])], n_more| curve(points).gain(n_more).unwrap_err();
    let rising: [(u32, &[f64]); 3] = [(25, &[0.4]), (50, &[0.5]), (100, &[0.6])];
    assert_eq!(reason(&rising[..2], 10), NoLaw::TooFewPoints(2));
    assert_eq!(reason(&[rising[0], rising[0], rising[1]], 10), NoLaw::TooFewPoints(2));
    assert_eq!(reason(&rising, 301), NoLaw::TooFar { wanted: 401, known: 100 });
    assert_eq!(
        reason(&[(25, &[0.6]), (50, &[0.7]), (100, &[0.5])], 10),
        NoLaw::Falls { from: 0.6, to: 0.5 }
    );
    assert_eq!(reason(&[(1, &[0.0]), (2, &[0.0]), (4, &[0.0])], 1), NoLaw::NothingLearned);
    assert!(curve(&rising).gain(300).unwrap().is_far);
}
