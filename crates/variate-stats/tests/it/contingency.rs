//! Values of scipy 1.17.1: `chi2_contingency(.., correction=False)` and `association(.., method="cramer")`.

use variate_stats::contingency::Independence;

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-11 * other.abs()
}

#[test]
fn tables_are_tested_as_scipy_does() {
    let tables: [(Vec<Vec<u64>>, [f64; 5]); 3] = [
        (
            vec![vec![10, 20, 30], vec![6, 9, 17], vec![20, 1, 40]],
            [
                22.116_026_592_236_67,
                0.000_190_038_504_063_091_2,
                4.0,
                0.268_839_351_112_622_25,
                6.274_509_803_921_568_5,
            ],
        ),
        (
            vec![vec![4_970, 5_040], vec![5_010, 4_980]],
            [
                0.499_602_578_010_882_9,
                0.479_674_798_016_251_8,
                1.0,
                0.004_998_012_495_036_817,
                4_985.01,
            ],
        ),
        (
            vec![vec![30, 5], vec![2, 60]],
            [
                68.858_051_222_970_56,
                1.058_117_384_944_774_5e-16,
                1.0,
                0.842_541_878_325_140_2,
                11.546_391_752_577_32,
            ],
        ),
    ];
    for (table, expected) in tables {
        let test = Independence::of(&table).unwrap();
        let found = [
            test.statistic,
            test.p_value,
            test.degrees_of_freedom,
            test.cramers_v,
            test.least_expected,
        ];
        for (found, expected) in found.into_iter().zip(expected) {
            assert!(close(found, expected), "{found} is not {expected}");
        }
    }
}

#[test]
fn what_is_empty_does_not_matter() {
    let bare = Independence::of(&[vec![30, 5], vec![2, 60]]);
    let padded = Independence::of(&[vec![30, 0, 5], vec![], vec![2, 0, 60, 0]]);
    assert_eq!(bare, padded);
    assert_eq!(Independence::of(&[]), None);
    assert_eq!(Independence::of(&[vec![3, 0], vec![4, 0]]), None);
    assert_eq!(Independence::of(&[vec![3, 4], vec![0, 0]]), None);
}

#[test]
fn one_that_says_all_about_the_other_has_a_v_of_1() {
    let table = [vec![50, 0, 0], vec![0, 70, 0], vec![0, 0, 20]];
    assert!(close(Independence::of(&table).unwrap().cramers_v, 1.0));
}
