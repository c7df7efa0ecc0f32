;; Reads the numbers of a JSON array into 32-bit floats: each as `Math.fround(JSON.parse(text))` has it, which rounds to a
;; double first.
;;
;; `pnpm kernels` assembles this file into `reading.ts`. The memory begins with what `numberReader.ts` puts there:
;;
;;   0    where the floats end that the last call wrote
;;   64   the powers of ten up to 10^18, as integers of 64 bits
;;   256  the powers of ten up to 10^40, as doubles
;;
;; It takes numbers as servers write them: without white space, of up to 18 digits that count, with or without a fraction and an
;; exponent. It stops at any other, and its caller does that one.
(module
  (memory (export "memory") 2)

  ;; The number of eight digits, the first one lowest, each a byte from 0 to 9.
  (func $join (param $digits i64) (result i64)
    (local.set $digits (i64.add
      (i64.mul (local.get $digits) (i64.const 10))
      (i64.shr_u (local.get $digits) (i64.const 8))))
    (i64.shr_u
      (i64.add
        (i64.mul (i64.and (local.get $digits) (i64.const 0x000000ff000000ff)) (i64.const 0x000f424000000064))
        (i64.mul
          (i64.and (i64.shr_u (local.get $digits) (i64.const 16)) (i64.const 0x000000ff000000ff))
          (i64.const 0x0000271000000001)))
      (i64.const 32)))

  ;; How many digits there are at the beginning of eight bytes that were xored with "00000000".
  (func $count (param $bytes i64) (result i32)
    (i32.shr_u
      (i32.wrap_i64 (i64.ctz (i64.and
        (i64.or (i64.add (local.get $bytes) (i64.const 0x7676767676767676)) (local.get $bytes))
        (i64.const 0x8080808080808080))))
      (i32.const 3)))

  ;; Reads numbers from `at` on, each with a comma behind it or, after the last, a bracket: as long as one begins at or before
  ;; `last` and the floats end before `full`. Gives the address after the bracket, or that of the number that it did not read.
  (func (export "read") (param $at i32) (param $last i32) (param $out i32) (param $full i32) (result i32)
    (local $start i32) (local $sign i32) (local $count i32) (local $power i32) (local $byte i32)
    (local $bytes i64) (local $whole i64) (local $value f64) (local $float f32)
    (block $stopped
      (loop $next
        (local.set $start (local.get $at))
        (br_if $stopped (i32.gt_u (local.get $at) (local.get $last)))
        (br_if $stopped (i32.eq (local.get $out) (local.get $full)))
        (local.set $sign (i32.eq (i32.load8_u (local.get $at)) (i32.const 45)))
        (local.set $at (i32.add (local.get $at) (local.get $sign)))
        (local.set $power (i32.const 0))
        (block $hasWhole
          (block $fraction
            ;; "0."
            (if (i32.eq (i32.load16_u (local.get $at)) (i32.const 0x2e30))
              (then
                (local.set $whole (i64.const 0))
                (local.set $at (i32.add (local.get $at) (i32.const 2)))
                (br $fraction)))
            (local.set $bytes (i64.xor (i64.load (local.get $at)) (i64.const 0x3030303030303030)))
            (local.set $count (call $count (local.get $bytes)))
            ;; No digit, or more than fit.
            (br_if $stopped (i32.gt_u (i32.sub (local.get $count) (i32.const 1)) (i32.const 6)))
            ;; A zero in front is no JSON.
            (br_if $stopped (i32.and
              (i32.gt_u (local.get $count) (i32.const 1))
              (i32.eq (i32.load8_u (local.get $at)) (i32.const 48))))
            (local.set $whole (call $join (i64.shl
              (local.get $bytes)
              (i64.extend_i32_u (i32.shl (i32.sub (i32.const 8) (local.get $count)) (i32.const 3))))))
            (local.set $at (i32.add (local.get $at) (local.get $count)))
            (br_if $hasWhole (i32.ne (i32.load8_u (local.get $at)) (i32.const 46)))
            (local.set $at (i32.add (local.get $at) (i32.const 1))))
          ;; The first eight digits of the fraction. What $count and $join do: calls would take as long.
          (local.set $bytes (i64.xor (i64.load (local.get $at)) (i64.const 0x3030303030303030)))
          (local.set $count (i32.shr_u
            (i32.wrap_i64 (i64.ctz (i64.and
              (i64.or (i64.add (local.get $bytes) (i64.const 0x7676767676767676)) (local.get $bytes))
              (i64.const 0x8080808080808080))))
            (i32.const 3)))
          (br_if $stopped (i32.eqz (local.get $count)))
          (local.set $bytes (i64.shl
            (local.get $bytes)
            (i64.extend_i32_u (i32.shl (i32.sub (i32.const 8) (local.get $count)) (i32.const 3)))))
          (local.set $bytes (i64.add
            (i64.mul (local.get $bytes) (i64.const 10))
            (i64.shr_u (local.get $bytes) (i64.const 8))))
          (local.set $whole (i64.add
            (i64.mul
              (local.get $whole)
              (i64.load offset=64 (i32.shl (local.get $count) (i32.const 3))))
            (i64.shr_u
              (i64.add
                (i64.mul (i64.and (local.get $bytes) (i64.const 0x000000ff000000ff)) (i64.const 0x000f424000000064))
                (i64.mul
                  (i64.and (i64.shr_u (local.get $bytes) (i64.const 16)) (i64.const 0x000000ff000000ff))
                  (i64.const 0x0000271000000001)))
              (i64.const 32))))
          (local.set $at (i32.add (local.get $at) (local.get $count)))
          (local.set $power (i32.sub (i32.const 0) (local.get $count)))
          (br_if $hasWhole (i32.ne (local.get $count) (i32.const 8)))
          ;; The next eight: most often one or two.
          (local.set $bytes (i64.xor (i64.load (local.get $at)) (i64.const 0x3030303030303030)))
          (local.set $count (i32.shr_u
            (i32.wrap_i64 (i64.ctz (i64.and
              (i64.or (i64.add (local.get $bytes) (i64.const 0x7676767676767676)) (local.get $bytes))
              (i64.const 0x8080808080808080))))
            (i32.const 3)))
          (br_if $hasWhole (i32.eqz (local.get $count)))
          ;; So that all digits stay below 10^18.
          (br_if $stopped (i64.ge_u
            (local.get $whole)
            (i64.load offset=64 (i32.shl (i32.sub (i32.const 18) (local.get $count)) (i32.const 3)))))
          (local.set $bytes (i64.shl
            (local.get $bytes)
            (i64.extend_i32_u (i32.shl (i32.sub (i32.const 8) (local.get $count)) (i32.const 3)))))
          (local.set $bytes (i64.add
            (i64.mul (local.get $bytes) (i64.const 10))
            (i64.shr_u (local.get $bytes) (i64.const 8))))
          (local.set $whole (i64.add
            (i64.mul
              (local.get $whole)
              (i64.load offset=64 (i32.shl (local.get $count) (i32.const 3))))
            (i64.shr_u
              (i64.add
                (i64.mul (i64.and (local.get $bytes) (i64.const 0x000000ff000000ff)) (i64.const 0x000f424000000064))
                (i64.mul
                  (i64.and (i64.shr_u (local.get $bytes) (i64.const 16)) (i64.const 0x000000ff000000ff))
                  (i64.const 0x0000271000000001)))
              (i64.const 32))))
          (local.set $at (i32.add (local.get $at) (local.get $count)))
          (local.set $power (i32.sub (local.get $power) (local.get $count)))
          (br_if $hasWhole (i32.ne (local.get $count) (i32.const 8)))
          ;; The last ones of a double.
          (local.set $bytes (i64.xor (i64.load (local.get $at)) (i64.const 0x3030303030303030)))
          (local.set $count (call $count (local.get $bytes)))
          (br_if $hasWhole (i32.eqz (local.get $count)))
          (br_if $stopped (i32.eq (local.get $count) (i32.const 8)))
          (br_if $stopped (i64.ge_u
            (local.get $whole)
            (i64.load offset=64 (i32.shl (i32.sub (i32.const 18) (local.get $count)) (i32.const 3)))))
          (local.set $whole (i64.add
            (i64.mul
              (local.get $whole)
              (i64.load offset=64 (i32.shl (local.get $count) (i32.const 3))))
            (call $join (i64.shl
              (local.get $bytes)
              (i64.extend_i32_u (i32.shl (i32.sub (i32.const 8) (local.get $count)) (i32.const 3)))))))
          (local.set $at (i32.add (local.get $at) (local.get $count)))
          (local.set $power (i32.sub (local.get $power) (local.get $count))))
        (local.set $byte (i32.load8_u (local.get $at)))
        ;; An exponent, of one or two digits.
        (if (i32.eq (i32.or (local.get $byte) (i32.const 32)) (i32.const 101))
          (then
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (local.set $byte (i32.load8_u (local.get $at)))
            (if (i32.or (i32.eq (local.get $byte) (i32.const 45)) (i32.eq (local.get $byte) (i32.const 43)))
              (then (local.set $at (i32.add (local.get $at) (i32.const 1)))))
            (local.set $count (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))
            (br_if $stopped (i32.gt_u (local.get $count) (i32.const 9)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (if (i32.le_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)) (i32.const 9))
              (then
                (local.set $count (i32.add
                  (i32.mul (local.get $count) (i32.const 10))
                  (i32.sub (i32.load8_u (local.get $at)) (i32.const 48))))
                (local.set $at (i32.add (local.get $at) (i32.const 1)))))
            (local.set $power (if (result i32) (i32.eq (local.get $byte) (i32.const 45))
              (then (i32.sub (local.get $power) (local.get $count)))
              (else (i32.add (local.get $power) (local.get $count)))))
            (local.set $byte (i32.load8_u (local.get $at)))))
        (br_if $stopped (i32.gt_u (i32.add (local.get $power) (i32.const 40)) (i32.const 80)))
        (local.set $value (f64.convert_i64_s (local.get $whole)))
        (local.set $value (if (result f64) (i32.le_s (local.get $power) (i32.const 0))
          (then (f64.div
            (local.get $value)
            (f64.load offset=256 (i32.shl (i32.sub (i32.const 0) (local.get $power)) (i32.const 3)))))
          (else (f64.mul (local.get $value) (f64.load offset=256 (i32.shl (local.get $power) (i32.const 3)))))))
        ;; An integer up to 2^53 and a power of ten up to 10^22 are doubles, and one operation rounds once. What comes of others
        ;; is off by a few units of the last place: where that could change the 32-bit float, it is not read.
        (if (i32.or
              (i64.gt_u (local.get $whole) (i64.const 0x20000000000000))
              (i32.gt_u (i32.add (local.get $power) (i32.const 22)) (i32.const 44)))
          (then
            (br_if $stopped (i32.le_u
              (i32.sub
                (i32.and (i32.wrap_i64 (i64.reinterpret_f64 (local.get $value))) (i32.const 0x1fffffff))
                (i32.const 0x0ffffff0))
              (i32.const 32)))
            ;; A float that is not normal is rounded elsewhere.
            (br_if $stopped (f64.lt (local.get $value) (f64.const 1.2e-38)))))
        (local.set $float (f32.demote_f64 (local.get $value)))
        (br_if $stopped (f32.eq (local.get $float) (f32.const inf)))
        (i32.store (local.get $out) (i32.or
          (i32.reinterpret_f32 (local.get $float))
          (i32.shl (local.get $sign) (i32.const 31))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (if (i32.eq (local.get $byte) (i32.const 44))
          (then
            (local.set $out (i32.add (local.get $out) (i32.const 4)))
            (br $next)))
        (br_if $stopped (i32.ne (local.get $byte) (i32.const 93)))
        (i32.store (i32.const 0) (i32.add (local.get $out) (i32.const 4)))
        (return (local.get $at))))
    (i32.store (i32.const 0) (local.get $out))
    (local.get $start)))
