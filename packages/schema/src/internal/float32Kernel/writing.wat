;; Writes 32-bit floats as the shortest decimals that read back as the same floats: what `float32Text.ts` does, number by
;; number, with the same arithmetic and so with the same text, byte for byte.
;;
;; `pnpm kernels` assembles this file into `writing.ts`. The memory begins with what `float32Writer.ts` puts there:
;;
;;   0     the address of the float that the last call stopped at
;;   64    255 doubles, by the biased exponent of a float: its step, scaled
;;   2112  255 integers of 32 bits: the powers of ten that scale it
;;
;; Where the text is found by a search (a subnormal float, a power of two that is not an integer, a number too near to a
;; limit to decide) and at a NaN or an infinity it stops, and its caller does that one.
(module
  (memory (export "memory") 1)

  ;; The eight digits of a number below 10^8 as eight bytes, the first digit lowest. Each step divides all lanes at once:
  ;; by 10,000 to lanes of 32 bits, by 100 to lanes of 16, by 10 to bytes.
  (func $eightDigits (param $value i32) (result i64)
    (local $lanes i64) (local $quotients i64) (local $high i32)
    (local.set $high (i32.div_u (local.get $value) (i32.const 10000)))
    (local.set $lanes (i64.or
      (i64.extend_i32_u (local.get $high))
      (i64.shl
        (i64.extend_i32_u (i32.sub (local.get $value) (i32.mul (local.get $high) (i32.const 10000))))
        (i64.const 32))))
    (local.set $quotients (i64.and
      (i64.shr_u (i64.mul (local.get $lanes) (i64.const 10486)) (i64.const 20))
      (i64.const 0x0000007f0000007f)))
    (local.set $lanes (i64.or
      (local.get $quotients)
      (i64.shl
        (i64.sub (local.get $lanes) (i64.mul (local.get $quotients) (i64.const 100)))
        (i64.const 16))))
    (local.set $quotients (i64.and
      (i64.shr_u (i64.mul (local.get $lanes) (i64.const 103)) (i64.const 10))
      (i64.const 0x000f000f000f000f)))
    (i64.or
      (local.get $quotients)
      (i64.shl
        (i64.sub (local.get $lanes) (i64.mul (local.get $quotients) (i64.const 10)))
        (i64.const 8))))

  ;; Writes the floats from `at` to `end` with a comma behind each, and gives the address after the text. Past that address
  ;; up to 32 bytes are scratch.
  (func (export "write") (param $at i32) (param $end i32) (param $out i32) (result i32)
    (local $bits i32) (local $start i32) (local $exponent i32) (local $whole i32) (local $shift i32)
    (local $units i32) (local $digits i32) (local $length i32) (local $magnitude i32) (local $first i32)
    (local $step f64) (local $scaled f64) (local $shiftedUnits f64) (local $shiftedTens f64) (local $beyond f64)
    (local $lanes i64) (local $quotients i64) (local $text i64)
    (local.set $start (local.get $out))
    (block $stopped
      (loop $next
        (local.set $start (local.get $out))
        (br_if $stopped (i32.eq (local.get $at) (local.get $end)))
        (local.set $bits (i32.load (local.get $at)))
        ;; Whether a number is negative is a coin toss: the sign is written, and kept by moving on.
        (i32.store8 (local.get $out) (i32.const 45))
        (local.set $out (i32.add (local.get $out) (i32.shr_u (local.get $bits) (i32.const 31))))
        (local.set $exponent (i32.and (i32.shr_u (local.get $bits) (i32.const 23)) (i32.const 255)))
        (local.set $whole (i32.or (i32.and (local.get $bits) (i32.const 0x7fffff)) (i32.const 0x800000)))
        (block $written
          ;; Integers below 2^24.
          (if (i32.le_u (i32.sub (local.get $exponent) (i32.const 127)) (i32.const 23))
            (then
              (local.set $shift (i32.sub (i32.const 150) (local.get $exponent)))
              (if (i32.eq
                    (local.get $whole)
                    (i32.shl (i32.shr_u (local.get $whole) (local.get $shift)) (local.get $shift)))
                (then
                  (local.set $text (call $eightDigits (i32.shr_u (local.get $whole) (local.get $shift))))
                  ;; The bytes that are zeros in front.
                  (local.set $length (i32.shr_u (i32.wrap_i64 (i64.ctz (local.get $text))) (i32.const 3)))
                  (i64.store (local.get $out) (i64.shr_u
                    (i64.add (local.get $text) (i64.const 0x3030303030303030))
                    (i64.extend_i32_u (i32.shl (local.get $length) (i32.const 3)))))
                  (local.set $out (i32.sub (i32.add (local.get $out) (i32.const 8)) (local.get $length)))
                  (br $written)))))
          (if (i32.eq (local.get $whole) (i32.const 0x800000))
            (then
              (br_if $stopped (local.get $exponent))
              (i32.store8 (local.get $out) (i32.const 48))
              (local.set $out (i32.add (local.get $out) (i32.const 1)))
              (br $written)))
          (br_if $stopped (i32.ge_u (i32.sub (local.get $exponent) (i32.const 1)) (i32.const 254)))
          (local.set $step (f64.load offset=64 (i32.shl (local.get $exponent) (i32.const 3))))
          (local.set $scaled (f64.mul (f64.convert_i32_u (local.get $whole)) (local.get $step)))
          ;; 2^52 added, a double has its nearest integer as its lowest bits.
          (local.set $shiftedUnits (f64.add (local.get $scaled) (f64.const 0x1p52)))
          ;; A multiple of ten is a digit shorter: it is taken where it reads back, which is up to half a step away.
          (local.set $shiftedTens (f64.add (f64.mul (local.get $scaled) (f64.const 0.1)) (f64.const 0x1p52)))
          (local.set $beyond (f64.sub
            (f64.abs (f64.sub
              (local.get $scaled)
              (f64.mul (f64.sub (local.get $shiftedTens) (f64.const 0x1p52)) (f64.const 10))))
            (f64.mul (local.get $step) (f64.const 0.5))))
          (br_if $stopped (i32.or
            (f64.lt (f64.abs (local.get $beyond)) (f64.const 1e-7))
            (f64.gt
              (f64.abs (f64.sub (local.get $scaled) (f64.sub (local.get $shiftedUnits) (f64.const 0x1p52))))
              (f64.const 0.4999999))))
          ;; Which of the two it is is another coin toss: no branch.
          (local.set $units (i32.wrap_i64 (i64.reinterpret_f64 (local.get $shiftedUnits))))
          (local.set $digits (i32.add (local.get $units) (i32.and
            (i32.sub
              (i32.mul (i32.wrap_i64 (i64.reinterpret_f64 (local.get $shiftedTens))) (i32.const 10))
              (local.get $units))
            (i32.sub (i32.const 0) (f64.lt (local.get $beyond) (f64.const 0))))))
          ;; 7, 8 or 9 digits, and always 9 from here on.
          (local.set $shift (i32.lt_u (local.get $digits) (i32.const 100000000)))
          (local.set $length (i32.lt_u (local.get $digits) (i32.const 10000000)))
          (local.set $digits (i32.mul
            (i32.mul (local.get $digits) (i32.add (i32.mul (local.get $shift) (i32.const 9)) (i32.const 1)))
            (i32.add (i32.mul (local.get $length) (i32.const 9)) (i32.const 1))))
          (local.set $magnitude (i32.sub
            (i32.sub (i32.sub (i32.const 9) (local.get $shift)) (local.get $length))
            (i32.load offset=2112 (i32.shl (local.get $exponent) (i32.const 2)))))
          (local.set $first (i32.div_u (local.get $digits) (i32.const 100000000)))
          (local.set $digits
            (i32.sub (local.get $digits) (i32.mul (local.get $first) (i32.const 100000000))))
          (local.set $first (i32.add (local.get $first) (i32.const 48)))
          ;; What $eightDigits does: a call would take as long.
          (local.set $shift (i32.div_u (local.get $digits) (i32.const 10000)))
          (local.set $lanes (i64.or
            (i64.extend_i32_u (local.get $shift))
            (i64.shl
              (i64.extend_i32_u (i32.sub (local.get $digits) (i32.mul (local.get $shift) (i32.const 10000))))
              (i64.const 32))))
          (local.set $quotients (i64.and
            (i64.shr_u (i64.mul (local.get $lanes) (i64.const 10486)) (i64.const 20))
            (i64.const 0x0000007f0000007f)))
          (local.set $lanes (i64.or
            (local.get $quotients)
            (i64.shl
              (i64.sub (local.get $lanes) (i64.mul (local.get $quotients) (i64.const 100)))
              (i64.const 16))))
          (local.set $quotients (i64.and
            (i64.shr_u (i64.mul (local.get $lanes) (i64.const 103)) (i64.const 10))
            (i64.const 0x000f000f000f000f)))
          (local.set $lanes (i64.or
            (local.get $quotients)
            (i64.shl
              (i64.sub (local.get $lanes) (i64.mul (local.get $quotients) (i64.const 10)))
              (i64.const 8))))
          (local.set $text (i64.add (local.get $lanes) (i64.const 0x3030303030303030)))
          ;; Without the zeros at the end.
          (local.set $length
            (i32.sub (i32.const 9) (i32.shr_u (i32.wrap_i64 (i64.clz (local.get $lanes))) (i32.const 3))))
          ;; 0.000001 and more, but less than 1.
          (if (i32.lt_u (i32.sub (i32.const 0) (local.get $magnitude)) (i32.const 6))
            (then
              ;; "0.000000": writing all the zeros there can be costs less than finding out how many there are.
              (i64.store (local.get $out) (i64.const 0x3030303030302e30))
              (local.set $out (i32.sub (local.get $out) (local.get $magnitude)))
              (i32.store8 offset=2 (local.get $out) (local.get $first))
              (i64.store offset=3 (local.get $out) (local.get $text))
              (local.set $out (i32.add (i32.add (local.get $out) (i32.const 2)) (local.get $length)))
              (br $written)))
          (if (i32.le_u (i32.sub (local.get $magnitude) (i32.const 1)) (i32.const 8))
            (then
              (i32.store8 (local.get $out) (local.get $first))
              (i64.store offset=1 (local.get $out) (local.get $text))
              (if (i32.ge_s (local.get $magnitude) (local.get $length))
                (then
                  (local.set $out (i32.add (local.get $out) (local.get $magnitude)))
                  (br $written)))
              ;; What is behind the point moves by its place.
              (local.set $shift (i32.add (local.get $out) (local.get $magnitude)))
              (i64.store offset=1 (local.get $shift) (i64.load (local.get $shift)))
              (i32.store8 (local.get $shift) (i32.const 46))
              (local.set $out (i32.add (i32.add (local.get $out) (i32.const 1)) (local.get $length)))
              (br $written)))
          ;; With an exponent, of one or two digits: the first digit, the point, and the others.
          (i32.store8 (local.get $out) (local.get $first))
          (i32.store8 offset=1 (local.get $out) (i32.const 46))
          (i64.store offset=2 (local.get $out) (local.get $text))
          (local.set $out (i32.add (i32.add (local.get $out) (i32.const 1))
            (select (i32.const 0) (local.get $length) (i32.eq (local.get $length) (i32.const 1)))))
          (i32.store8 (local.get $out) (i32.const 101))
          (i32.store8 offset=1 (local.get $out) (i32.const 45))
          (local.set $magnitude (i32.sub (local.get $magnitude) (i32.const 1)))
          (local.set $shift (i32.lt_s (local.get $magnitude) (i32.const 0)))
          (local.set $out (i32.add (local.get $out) (i32.add (i32.const 1) (local.get $shift))))
          (local.set $magnitude (select
            (i32.sub (i32.const 0) (local.get $magnitude))
            (local.get $magnitude)
            (local.get $shift)))
          (if (i32.ge_u (local.get $magnitude) (i32.const 10))
            (then
              (i32.store8 (local.get $out) (i32.add
                (i32.div_u (local.get $magnitude) (i32.const 10))
                (i32.const 48)))
              (local.set $out (i32.add (local.get $out) (i32.const 1)))))
          (i32.store8 (local.get $out) (i32.add
            (i32.rem_u (local.get $magnitude) (i32.const 10))
            (i32.const 48)))
          (local.set $out (i32.add (local.get $out) (i32.const 1))))
        (i32.store8 (local.get $out) (i32.const 44))
        (local.set $out (i32.add (local.get $out) (i32.const 1)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $next)))
    (i32.store (i32.const 0) (local.get $at))
    (local.get $start)))
