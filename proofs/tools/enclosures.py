"""Write theories/Enclosures.v from constants.toml, or with --check compare them."""
import pathlib
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "theories" / "Enclosures.v"

HEADER = """\
(* Certified values of the constants that the code uses                       *)
(*                                                                            *)
(* Ids         T8.1, T8.2, T8.5 ..; one theorem per entry of constants.toml   *)
(* Reference   Auffinger, Ben Arous, Cerny (2013), for E_k and E_inf.          *)
(* Notation    einf, theta, is_zero from Constants.v; complexity from         *)
(*             FiniteIndex.v. Written by tools/enclosures.py: do not edit.    *)
From Coq Require Import Reals Lra.
From Interval Require Import Tactic Float.Specific_ops Float.Specific_stdz.
From Hessian Require Import FiniteIndex Constants.

Local Open Scope R_scope.

(* Intervals over the integers of Coq itself: no axiom about machine integers. *)
Module SFZ := SpecificFloat StdZRadix2.
Module ITZ := IntervalTactic SFZ.
Import ITZ.

Local Ltac enclose := unfold complexity, theta, rate, einf; simpl INR; interval with (i_prec 120).
"""


def real(text):
    """A decimal as an exact quotient."""
    digits = len(text.split(".")[1]) if "." in text else 0
    return f"({text.replace('.', '').lstrip('0')} / 10 ^ {digits})"


def theorem(c):
    name, p, lo, hi = c["name"], c["p"], real(c["lo"]), real(c["hi"])
    if c["symbol"] == "E_k":
        return (
            f"Theorem {name} : exists2 e, {lo} < e < {hi} & is_zero {p} {c['k']} e.\n"
            "Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.\n"
        )
    value = {"E_inf": f"einf {p}", "complexity": f"complexity ({p} - 1)"}[c["symbol"]]
    return f"Theorem {name} : {lo} < {value} < {hi}.\nProof. split; enclose. Qed.\n"


def main():
    constants = tomllib.loads((ROOT / "constants.toml").read_text())["constant"]
    text = "\n".join([HEADER] + [theorem(c) for c in constants])
    if "--check" in sys.argv:
        if TARGET.read_text() != text:
            sys.exit("theories/Enclosures.v differs from constants.toml: run tools/enclosures.py")
    else:
        TARGET.write_text(text)


if __name__ == "__main__":
    main()
