//! Coefficients of the polynomials, and the parts that constants of the reductions are split into.
//!
//! Each polynomial is the best one of its degree in the sense of Chebyshev, found by the exchange algorithm of
//! Remez in 200 bits, the error being weighted so that it is that of the function, relative to the function. The
//! coefficients were then rounded; those in `f32` were moved by a few ulps where that lowered the error.
//! Behind each stands that error as a power of two.

/// `ln 2`: 15 bits, and the rest.
pub(super) const LN_2_F32: (f32, f32) = (0.693_145_75, 1.428_606_8e-6);
/// `ln 2`: 41 bits, and the rest.
pub(super) const LN_2_F64: (f64, f64) = (0.693_147_180_560_117_7, -1.723_944_452_561_483_5e-13);

/// `(e^r − 1 − r) / r²`, relative to `e^r`: 2^−28.2.
pub(super) const EXP_F32: [f32; 5] = [
    0.499_999_94,
    0.166_665_21,
    0.041_668_33,
    0.008_368_705,
    0.001_381_454_3,
];

/// `(e^r − 1 − r) / r²`, relative to `e^r`: 2^−56.5.
pub(super) const EXP_F64: [f64; 10] = [
    0.500_000_000_000_001,
    0.166_666_666_666_666_74,
    0.041_666_666_666_521_82,
    0.008_333_333_333_322_195,
    0.001_388_888_894_787_190_3,
    0.000_198_412_698_866_302_26,
    2.480_148_726_831_57e-5,
    2.755_724_229_231_303e-6,
    2.763_267_750_402_956e-7,
    2.511_006_661_696_896_8e-8,
];

/// `(e^r − 1 − r) / r²`, relative to `e^r − 1`: 2^−29.5.
pub(super) const EXP_M1_F32: [f32; 6] = [
    0.5,
    0.166_666_67,
    0.041_666_34,
    0.008_333_268,
    0.001_394_855_8,
    0.000_199_075_7,
];

/// `(e^r − 1 − r) / r²`, relative to `e^r − 1`: 2^−60.0.
pub(super) const EXP_M1_F64: [f64; 11] = [
    0.5,
    0.166_666_666_666_666_77,
    0.041_666_666_666_666_51,
    0.008_333_333_333_321_678,
    0.001_388_888_888_896_246,
    0.000_198_412_698_860_047_36,
    2.480_158_717_242_185_8e-5,
    2.755_724_433_087_658_3e-6,
    2.755_740_269_552_399_4e-7,
    2.510_899_533_555_168_4e-8,
    2.087_532_802_537_263_4e-9,
];

/// `(r·coth(r) − 1) / r²` in powers of `r²`, relative to `r·coth(r)`: 2^−28.7.
pub(super) const COTH_F32: [f32; 2] = [0.333_332_5, -0.022_133_358];

/// `(r·coth(r) − 1) / r²` in powers of `r²`, relative to `r·coth(r)`: 2^−60.0.
pub(super) const COTH_F64: [f64; 5] = [
    0.333_333_333_333_332,
    -0.022_222_222_221_593_41,
    0.002_116_402_020_696_410_6,
    -0.000_211_633_852_437_947_9,
    2.118_581_349_980_781e-05,
];

/// `π/2`: 30 bits, and the rest.
pub(super) const HALF_PI_F32: [f64; 2] = [1.570_796_327_665_448_2, -8.705_515_695_504_166e-10];

/// `π/2`: twice 38 bits, and the rest.
pub(super) const HALF_PI_F64: [f64; 3] = [
    1.570_796_326_792_333_3,
    2.563_344_151_597_190_7e-12,
    -2.671_890_733_861_015_5e-24,
];

/// `(sin(r) − r) / r³` in powers of `r²`, relative to the sine: 2^−28.0.
pub(super) const SIN_F32: [f64; 3] = [
    -0.166_666_544_668_877_45,
    0.008_332_151_553_108_279,
    -0.000_195_140_101_980_892_27,
];

/// `(sin(r) − r) / r³` in powers of `r²`, relative to the sine: 2^−57.9.
pub(super) const SIN_F64: [f64; 6] = [
    -0.166_666_666_666_666_3,
    0.008_333_333_333_321_896,
    -0.000_198_412_698_294_052_4,
    2.755_731_355_526_34e-6,
    -2.505_073_708_987_696e-8,
    1.589_559_402_778_487_5e-10,
];

/// `(cos(r) − 1) / r²` in powers of `r²`, relative to the cosine: 2^−33.8.
pub(super) const COS_F32: [f64; 4] = [
    -0.499_999_996_895_481_14,
    0.041_666_619_800_774_34,
    -0.001_388_666_408_255_094_6,
    2.438_191_551_942_745e-5,
];

/// `(cos(r) − 1) / r²` in powers of `r²`, relative to the cosine: 2^−63.9.
pub(super) const COS_F64: [f64; 7] = [
    -0.5,
    0.041_666_666_666_666_59,
    -0.001_388_888_888_887_274,
    2.480_158_728_864_874_8e-5,
    -2.755_731_411_921_228e-7,
    2.087_569_248_651_556_5e-9,
    -1.135_809_457_907_508_7e-11,
];

/// `(2·artanh(s)/s − 2) / s²` in powers of `s²`, relative to the logarithm: 2^−30.1.
pub(super) const LN_F32: [f32; 3] = [0.666_667_8, 0.399_767_9, 0.298_935_2];

/// `(2·artanh(s)/s − 2) / s²` in powers of `s²`, relative to the logarithm: 2^−59.3.
pub(super) const LN_F64: [f64; 7] = [
    0.666_666_666_666_671,
    0.399_999_999_995_397_6,
    0.285_714_287_195_407_3,
    0.222_222_005_831_025,
    0.181_834_723_390_045_9,
    0.153_161_610_140_294_2,
    0.147_767_663_559_841_25,
];
