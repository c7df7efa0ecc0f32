;; The loops of the embedded server that look at every vector, in WebAssembly with SIMD.
;;
;; `pnpm kernels` assembles this file into `bytes.ts`. A module instance works in one memory, whose layout is that of
;; `layout.js`: rows of 32-bit floats side by side, queries as doubles, and lists of rows as 32-bit integers.
;;
;; Sums are taken in doubles, where the product of two 32-bit floats is exact. Element `i` of a row is added to sum
;; `i mod 8`; the eight sums are added as `((0 + 2) + (4 + 6)) + ((1 + 3) + (5 + 7))`, and then the last elements, as many
;; as do not fill eight, one after the other. The loops of `loops.ts` keep the same order, so both have the same results,
;; bit for bit.
(module
  (import "arena" "memory" (memory 1 65536 shared))

  ;; ---------------------------------------------------------------------------
  ;; Exact keys
  ;; ---------------------------------------------------------------------------

  ;; The product of a row of 32-bit floats with a query of doubles. The shuffle takes the last two of four floats.
  (func $product (param $row i32) (param $query i32) (param $length i32) (result f64)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $four v128) (local $end i32) (local $sum f64)
    (local.set $end
      (i32.add (local.get $row) (i32.shl (i32.and (local.get $length) (i32.const -8)) (i32.const 2))))
    (block $whole
      (br_if $whole (i32.eq (local.get $row) (local.get $end)))
      (loop $eight
        (local.set $four (v128.load (local.get $row)))
        (local.set $a (f64x2.add (local.get $a) (f64x2.mul
          (f64x2.promote_low_f32x4 (local.get $four))
          (v128.load (local.get $query)))))
        (local.set $b (f64x2.add (local.get $b) (f64x2.mul
          (f64x2.promote_low_f32x4
            (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $four) (local.get $four)))
          (v128.load offset=16 (local.get $query)))))
        (local.set $four (v128.load offset=16 (local.get $row)))
        (local.set $c (f64x2.add (local.get $c) (f64x2.mul
          (f64x2.promote_low_f32x4 (local.get $four))
          (v128.load offset=32 (local.get $query)))))
        (local.set $d (f64x2.add (local.get $d) (f64x2.mul
          (f64x2.promote_low_f32x4
            (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $four) (local.get $four)))
          (v128.load offset=48 (local.get $query)))))
        (local.set $row (i32.add (local.get $row) (i32.const 32)))
        (local.set $query (i32.add (local.get $query) (i32.const 64)))
        (br_if $eight (i32.lt_u (local.get $row) (local.get $end)))))
    (local.set $a
      (f64x2.add (f64x2.add (local.get $a) (local.get $b)) (f64x2.add (local.get $c) (local.get $d))))
    (local.set $sum
      (f64.add (f64x2.extract_lane 0 (local.get $a)) (f64x2.extract_lane 1 (local.get $a))))
    (local.set $end
      (i32.add (local.get $row) (i32.shl (i32.and (local.get $length) (i32.const 7)) (i32.const 2))))
    (block $done
      (loop $one
        (br_if $done (i32.eq (local.get $row) (local.get $end)))
        (local.set $sum (f64.add (local.get $sum)
          (f64.mul (f64.promote_f32 (f32.load (local.get $row))) (f64.load (local.get $query)))))
        (local.set $row (i32.add (local.get $row) (i32.const 4)))
        (local.set $query (i32.add (local.get $query) (i32.const 8)))
        (br $one)))
    (local.get $sum))

  ;; The squared distance of a row from a query.
  (func $distance (param $row i32) (param $query i32) (param $length i32) (result f64)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $four v128) (local $two v128) (local $end i32) (local $sum f64) (local $one f64)
    (local.set $end
      (i32.add (local.get $row) (i32.shl (i32.and (local.get $length) (i32.const -8)) (i32.const 2))))
    (block $whole
      (br_if $whole (i32.eq (local.get $row) (local.get $end)))
      (loop $eight
        (local.set $four (v128.load (local.get $row)))
        (local.set $two (f64x2.sub (f64x2.promote_low_f32x4 (local.get $four)) (v128.load (local.get $query))))
        (local.set $a (f64x2.add (local.get $a) (f64x2.mul (local.get $two) (local.get $two))))
        (local.set $two (f64x2.sub (f64x2.promote_low_f32x4
            (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $four) (local.get $four))) (v128.load offset=16 (local.get $query))))
        (local.set $b (f64x2.add (local.get $b) (f64x2.mul (local.get $two) (local.get $two))))
        (local.set $four (v128.load offset=16 (local.get $row)))
        (local.set $two (f64x2.sub (f64x2.promote_low_f32x4 (local.get $four)) (v128.load offset=32 (local.get $query))))
        (local.set $c (f64x2.add (local.get $c) (f64x2.mul (local.get $two) (local.get $two))))
        (local.set $two (f64x2.sub (f64x2.promote_low_f32x4
            (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $four) (local.get $four))) (v128.load offset=48 (local.get $query))))
        (local.set $d (f64x2.add (local.get $d) (f64x2.mul (local.get $two) (local.get $two))))
        (local.set $row (i32.add (local.get $row) (i32.const 32)))
        (local.set $query (i32.add (local.get $query) (i32.const 64)))
        (br_if $eight (i32.lt_u (local.get $row) (local.get $end)))))
    (local.set $a
      (f64x2.add (f64x2.add (local.get $a) (local.get $b)) (f64x2.add (local.get $c) (local.get $d))))
    (local.set $sum
      (f64.add (f64x2.extract_lane 0 (local.get $a)) (f64x2.extract_lane 1 (local.get $a))))
    (local.set $end
      (i32.add (local.get $row) (i32.shl (i32.and (local.get $length) (i32.const 7)) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $row) (local.get $end)))
        (local.set $one (f64.sub (f64.promote_f32 (f32.load (local.get $row))) (f64.load (local.get $query))))
        (local.set $sum (f64.add (local.get $sum) (f64.mul (local.get $one) (local.get $one))))
        (local.set $row (i32.add (local.get $row) (i32.const 4)))
        (local.set $query (i32.add (local.get $query) (i32.const 8)))
        (br $next)))
    (local.get $sum))

  ;; The product of a row with itself.
  (func $square (param $row i32) (param $length i32) (result f64)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $four v128) (local $two v128) (local $end i32) (local $sum f64) (local $one f64)
    (local.set $end
      (i32.add (local.get $row) (i32.shl (i32.and (local.get $length) (i32.const -8)) (i32.const 2))))
    (block $whole
      (br_if $whole (i32.eq (local.get $row) (local.get $end)))
      (loop $eight
        (local.set $four (v128.load (local.get $row)))
        (local.set $two (f64x2.promote_low_f32x4 (local.get $four)))
        (local.set $a (f64x2.add (local.get $a) (f64x2.mul (local.get $two) (local.get $two))))
        (local.set $two (f64x2.promote_low_f32x4
            (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $four) (local.get $four))))
        (local.set $b (f64x2.add (local.get $b) (f64x2.mul (local.get $two) (local.get $two))))
        (local.set $four (v128.load offset=16 (local.get $row)))
        (local.set $two (f64x2.promote_low_f32x4 (local.get $four)))
        (local.set $c (f64x2.add (local.get $c) (f64x2.mul (local.get $two) (local.get $two))))
        (local.set $two (f64x2.promote_low_f32x4
            (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $four) (local.get $four))))
        (local.set $d (f64x2.add (local.get $d) (f64x2.mul (local.get $two) (local.get $two))))
        (local.set $row (i32.add (local.get $row) (i32.const 32)))
        (br_if $eight (i32.lt_u (local.get $row) (local.get $end)))))
    (local.set $a
      (f64x2.add (f64x2.add (local.get $a) (local.get $b)) (f64x2.add (local.get $c) (local.get $d))))
    (local.set $sum
      (f64.add (f64x2.extract_lane 0 (local.get $a)) (f64x2.extract_lane 1 (local.get $a))))
    (local.set $end
      (i32.add (local.get $row) (i32.shl (i32.and (local.get $length) (i32.const 7)) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $row) (local.get $end)))
        (local.set $one (f64.promote_f32 (f32.load (local.get $row))))
        (local.set $sum (f64.add (local.get $sum) (f64.mul (local.get $one) (local.get $one))))
        (local.set $row (i32.add (local.get $row) (i32.const 4)))
        (br $next)))
    (local.get $sum))

  ;; The product of a query with each row of a list.
  (func (export "products")
    (param $values i32) (param $length i32) (param $query i32) (param $rows i32) (param $count i32) (param $out i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $rows) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $rows) (local.get $end)))
        (f64.store (local.get $out) (call $product
          (i32.add (local.get $values)
            (i32.shl (i32.mul (i32.load (local.get $rows)) (local.get $length)) (i32.const 2)))
          (local.get $query)
          (local.get $length)))
        (local.set $rows (i32.add (local.get $rows) (i32.const 4)))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (br $next))))

  ;; The squared distance of each row of a list from a query, with a minus.
  (func (export "negatedDistances")
    (param $values i32) (param $length i32) (param $query i32) (param $rows i32) (param $count i32) (param $out i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $rows) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $rows) (local.get $end)))
        (f64.store (local.get $out) (f64.neg (call $distance
          (i32.add (local.get $values)
            (i32.shl (i32.mul (i32.load (local.get $rows)) (local.get $length)) (i32.const 2)))
          (local.get $query)
          (local.get $length))))
        (local.set $rows (i32.add (local.get $rows) (i32.const 4)))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (br $next))))

  ;; One over the length of each of so many rows, 0 for a row of zeros.
  (func (export "inverseNorms") (param $values i32) (param $length i32) (param $count i32) (param $out i32)
    (local $end i32) (local $square f64)
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 3))))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $out) (local.get $end)))
        (local.set $square (call $square (local.get $values) (local.get $length)))
        (f64.store (local.get $out)
          (if (result f64) (f64.eq (local.get $square) (f64.const 0))
            (then (f64.const 0))
            (else (f64.div (f64.const 1) (f64.sqrt (local.get $square))))))
        (local.set $values (i32.add (local.get $values) (i32.shl (local.get $length) (i32.const 2))))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (br $next))))

  ;; ---------------------------------------------------------------------------
  ;; Codes: `codes.ts` says what they are, and why what they leave out is not among the best
  ;; ---------------------------------------------------------------------------

  ;; Writes the code of a row, and its bound: two doubles, the scale and the length of what the code leaves out.
  (func (export "encode") (param $row i32) (param $length i32) (param $code i32) (param $bound i32)
    (local $four v128) (local $levels v128) (local $sums v128)
    (local $at i32) (local $end i32) (local $whole i32)
    (local $largest f32) (local $inverse f32) (local $one f32) (local $level f32) (local $sum f32) (local $scale f64)
    (local.set $end (i32.add (local.get $row) (i32.shl (local.get $length) (i32.const 2))))
    (local.set $whole
      (i32.add (local.get $row) (i32.shl (i32.and (local.get $length) (i32.const -4)) (i32.const 2))))
    ;; The largest of the row.
    (local.set $at (local.get $row))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $at) (local.get $whole)))
        (local.set $four (f32x4.pmax (local.get $four) (f32x4.abs (v128.load (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (local.set $largest (f32.max
      (f32.max (f32x4.extract_lane 0 (local.get $four)) (f32x4.extract_lane 1 (local.get $four)))
      (f32.max (f32x4.extract_lane 2 (local.get $four)) (f32x4.extract_lane 3 (local.get $four)))))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $at) (local.get $end)))
        (local.set $largest (f32.max (local.get $largest) (f32.abs (f32.load (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $next)))
    ;; Smaller ones would be infinite when inverted. Their code is 0.
    (if (f32.ge (local.get $largest) (f32.const 1e-30)) (then
      (local.set $scale (f64.div (f64.promote_f32 (local.get $largest)) (f64.const 127)))
      (local.set $inverse (f32.div (f32.const 127) (local.get $largest)))))
    ;; The levels, and the squares of what they leave out, in units of the scale.
    (local.set $at (local.get $row))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $at) (local.get $whole)))
        (local.set $four (f32x4.mul (v128.load (local.get $at)) (f32x4.splat (local.get $inverse))))
        (local.set $levels (f32x4.nearest (local.get $four)))
        (local.set $four (f32x4.sub (local.get $four) (local.get $levels)))
        (local.set $sums (f32x4.add (local.get $sums) (f32x4.mul (local.get $four) (local.get $four))))
        (local.set $levels (i32x4.trunc_sat_f32x4_s (local.get $levels)))
        (local.set $levels (i16x8.narrow_i32x4_s (local.get $levels) (local.get $levels)))
        (v128.store32_lane 0 (local.get $code) (i8x16.narrow_i16x8_s (local.get $levels) (local.get $levels)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (local.set $code (i32.add (local.get $code) (i32.const 4)))
        (br $next)))
    (local.set $sum (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $sums)) (f32x4.extract_lane 1 (local.get $sums)))
      (f32.add (f32x4.extract_lane 2 (local.get $sums)) (f32x4.extract_lane 3 (local.get $sums)))))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $at) (local.get $end)))
        (local.set $one (f32.mul (f32.load (local.get $at)) (local.get $inverse)))
        (local.set $level (f32.nearest (local.get $one)))
        (i32.store8 (local.get $code) (i32.trunc_sat_f32_s (local.get $level)))
        (local.set $one (f32.sub (local.get $one) (local.get $level)))
        (local.set $sum (f32.add (local.get $sum) (f32.mul (local.get $one) (local.get $one))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $code (i32.add (local.get $code) (i32.const 1)))
        (br $next)))
    (f64.store (local.get $bound) (local.get $scale))
    (f64.store offset=8 (local.get $bound)
      (if (result f64) (f64.eq (local.get $scale) (f64.const 0))
        (then (f64.sqrt (call $square (local.get $row) (local.get $length))))
        (else
          (f64.mul (local.get $scale) (f64.add
            (f64.mul (f64.sqrt (f64.promote_f32 (local.get $sum))) (f64.const 1.001))
            (f64.mul (f64.sqrt (f64.convert_i32_u (local.get $length))) (f64.const 0x1p-15))))))))

  ;; The product of the code of a row with that of a query, in steps of 16. The sums of 32 bits do not overflow: the levels
  ;; of a query are few enough for its length.
  (func $codeProduct (param $code i32) (param $query i32) (param $width i32) (result f64)
    (local $a v128) (local $b v128) (local $codes v128) (local $end i32)
    (local.set $end (i32.add (local.get $code) (local.get $width)))
    (loop $next
      (local.set $codes (v128.load (local.get $code)))
      (local.set $a (i32x4.add (local.get $a) (i32x4.dot_i16x8_s
        (i16x8.extend_low_i8x16_s (local.get $codes))
        (v128.load (local.get $query)))))
      (local.set $b (i32x4.add (local.get $b) (i32x4.dot_i16x8_s
        (i16x8.extend_high_i8x16_s (local.get $codes))
        (v128.load offset=16 (local.get $query)))))
      (local.set $code (i32.add (local.get $code) (i32.const 16)))
      (local.set $query (i32.add (local.get $query) (i32.const 32)))
      (br_if $next (i32.lt_u (local.get $code) (local.get $end))))
    (local.set $a (i32x4.add (local.get $a) (local.get $b)))
    (f64.convert_i64_s (i64.add
      (i64.add
        (i64.extend_i32_s (i32x4.extract_lane 0 (local.get $a)))
        (i64.extend_i32_s (i32x4.extract_lane 1 (local.get $a))))
      (i64.add
        (i64.extend_i32_s (i32x4.extract_lane 2 (local.get $a)))
        (i64.extend_i32_s (i32x4.extract_lane 3 (local.get $a)))))))

  ;; Keeps the rows of a list whose key may reach the threshold, in place, and gives their number. The metric is 0 for the
  ;; dot product, 1 for the cosine, 2 for the distance. A row without a code, whose bound is infinite, is kept.
  (func (export "narrow")
    (param $codes i32) (param $width i32) (param $query i32) (param $bounds i32) (param $inverses i32)
    (param $rows i32) (param $count i32) (param $metric i32)
    (param $scale f64) (param $ofError f64) (param $ofNorm f64) (param $ofMetric f64) (param $rounding f64)
    (param $threshold f64)
    (result i32)
    (local $at i32) (local $end i32) (local $kept i32) (local $row i32) (local $bound i32)
    (local $error f64) (local $inverse f64) (local $norm f64) (local $most f64)
    (local.set $at (local.get $rows))
    (local.set $kept (local.get $rows))
    (local.set $end (i32.add (local.get $rows) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $at) (local.get $end)))
        (local.set $row (i32.load (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $bound (i32.add (local.get $bounds) (i32.shl (local.get $row) (i32.const 4))))
        (local.set $error (f64.load offset=8 (local.get $bound)))
        (if (f64.lt (local.get $error) (f64.const inf)) (then
          (local.set $inverse
            (f64.load (i32.add (local.get $inverses) (i32.shl (local.get $row) (i32.const 3)))))
          (local.set $norm
            (if (result f64) (f64.eq (local.get $inverse) (f64.const 0))
              (then (f64.const 0))
              (else (f64.div (f64.const 1) (local.get $inverse)))))
          (local.set $most (f64.add
            (f64.mul
              (f64.mul
                (call $codeProduct
                  (i32.add (local.get $codes) (i32.mul (local.get $row) (local.get $width)))
                  (local.get $query)
                  (local.get $width))
                (f64.load (local.get $bound)))
              (local.get $scale))
            (f64.add
              (f64.mul (local.get $error) (local.get $ofError))
              (f64.mul (local.get $norm) (local.get $ofNorm)))))
          (if (i32.eq (local.get $metric) (i32.const 1)) (then
            (local.set $most (f64.mul (local.get $most) (f64.mul (local.get $inverse) (local.get $ofMetric))))))
          (if (i32.eq (local.get $metric) (i32.const 2)) (then
            (local.set $most (f64.sub
              (f64.add (local.get $most) (local.get $most))
              (f64.mul
                (f64.add (f64.mul (local.get $norm) (local.get $norm)) (local.get $ofMetric))
                (local.get $rounding))))))
          (br_if $next (f64.lt (local.get $most) (local.get $threshold)))))
        (i32.store (local.get $kept) (local.get $row))
        (local.set $kept (i32.add (local.get $kept) (i32.const 4)))
        (br $next)))
    (i32.shr_u (i32.sub (local.get $kept) (local.get $rows)) (i32.const 2)))

  ;; ---------------------------------------------------------------------------
  ;; Checksums: `checksum.ts` says what they are
  ;; ---------------------------------------------------------------------------

  (func $round (param $lanes v128) (param $words v128) (result v128)
    (local.set $lanes (i32x4.add (local.get $lanes) (i32x4.mul (local.get $words) (i32x4.splat (i32.const 0x85ebca77)))))
    (i32x4.mul
      (v128.or (i32x4.shl (local.get $lanes) (i32.const 13)) (i32x4.shr_u (local.get $lanes) (i32.const 19)))
      (i32x4.splat (i32.const 0x9e3779b1))))

  ;; Folds so many stripes of 64 bytes into the 16 lanes.
  (func (export "fold") (param $lanes i32) (param $at i32) (param $stripes i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $end i32)
    (local.set $a (v128.load (local.get $lanes)))
    (local.set $b (v128.load offset=16 (local.get $lanes)))
    (local.set $c (v128.load offset=32 (local.get $lanes)))
    (local.set $d (v128.load offset=48 (local.get $lanes)))
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $stripes) (i32.const 6))))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $at) (local.get $end)))
        (local.set $a (call $round (local.get $a) (v128.load (local.get $at))))
        (local.set $b (call $round (local.get $b) (v128.load offset=16 (local.get $at))))
        (local.set $c (call $round (local.get $c) (v128.load offset=32 (local.get $at))))
        (local.set $d (call $round (local.get $d) (v128.load offset=48 (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $next)))
    (v128.store (local.get $lanes) (local.get $a))
    (v128.store offset=16 (local.get $lanes) (local.get $b))
    (v128.store offset=32 (local.get $lanes) (local.get $c))
    (v128.store offset=48 (local.get $lanes) (local.get $d)))

  ;; ---------------------------------------------------------------------------
  ;; Checksums of vectors: `sums.ts` says what they are
  ;; ---------------------------------------------------------------------------

  ;; Adds so many stripes of 64 bytes to the 16 sums, and these to the 16 sums of sums behind them.
  (func (export "addUp") (param $lanes i32) (param $at i32) (param $stripes i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $e v128) (local $f v128) (local $g v128) (local $h v128) (local $end i32)
    (local.set $a (v128.load (local.get $lanes)))
    (local.set $b (v128.load offset=16 (local.get $lanes)))
    (local.set $c (v128.load offset=32 (local.get $lanes)))
    (local.set $d (v128.load offset=48 (local.get $lanes)))
    (local.set $e (v128.load offset=64 (local.get $lanes)))
    (local.set $f (v128.load offset=80 (local.get $lanes)))
    (local.set $g (v128.load offset=96 (local.get $lanes)))
    (local.set $h (v128.load offset=112 (local.get $lanes)))
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $stripes) (i32.const 6))))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $at) (local.get $end)))
        (local.set $a (i32x4.add (local.get $a) (v128.load (local.get $at))))
        (local.set $b (i32x4.add (local.get $b) (v128.load offset=16 (local.get $at))))
        (local.set $c (i32x4.add (local.get $c) (v128.load offset=32 (local.get $at))))
        (local.set $d (i32x4.add (local.get $d) (v128.load offset=48 (local.get $at))))
        (local.set $e (i32x4.add (local.get $e) (local.get $a)))
        (local.set $f (i32x4.add (local.get $f) (local.get $b)))
        (local.set $g (i32x4.add (local.get $g) (local.get $c)))
        (local.set $h (i32x4.add (local.get $h) (local.get $d)))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $next)))
    (v128.store (local.get $lanes) (local.get $a))
    (v128.store offset=16 (local.get $lanes) (local.get $b))
    (v128.store offset=32 (local.get $lanes) (local.get $c))
    (v128.store offset=48 (local.get $lanes) (local.get $d))
    (v128.store offset=64 (local.get $lanes) (local.get $e))
    (v128.store offset=80 (local.get $lanes) (local.get $f))
    (v128.store offset=96 (local.get $lanes) (local.get $g))
    (v128.store offset=112 (local.get $lanes) (local.get $h)))
)
