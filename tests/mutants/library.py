"""Faults in what users of the library and of the command have: copies, errors, exit codes."""

from __future__ import annotations

from tests.mutants.runner import Planted

_NETWORK = "tests/network/test_network.py"
_FORMULA = "tests/network/test_formula.py"
_WALKED = "tests/network/test_walk.py"
_CLI = "tests/cli/test_answers.py"
_TOOLS = "tests/assistant/test_tools.py"

_EVALUATION = "backstep/network/evaluation.py"
_JACOBIAN = "backstep/binding/jacobian.py"
_WALK = "backstep/network/walk.py"

FAULTS: tuple[Planted, ...] = (
    Planted(
        "arrays that are the definition's own",
        _EVALUATION,
        "name: np.array(array, dtype=np.float64)\n",
        "name: array\n",
        (f"{_NETWORK}::test_what_a_caller_does_to_an_array_changes_no_later_answer",),
    ),
    Planted(
        "a class number's partial among the partials",
        _EVALUATION,
        "        if array is not None\n    }",
        "    }",
        (f"{_NETWORK}::test_what_has_no_partial_is_not_among_the_partials",),
    ),
    Planted(
        "the places of an answer looked for in the definition",
        "backstep/network/shown_errors.py",
        "answer if isinstance(error, AnswerError) else text",
        "text",
        (f"{_NETWORK}::test_every_error_is_printed_in_words_and_an_answers_in_its_own_line",),
    ),
    Planted(
        "the outer block's print of an error taken for the inner one's",
        "backstep/network/shown_errors.py",
        "if error.printed is None:",
        "if True:",
        (f"{_CLI}::test_a_typed_partial_is_judged_by_the_exit_code_too",),
    ),
    Planted(
        "an undecided answer taken for right",
        "backstep/marking/compare.py",
        "return self.equal is True",
        "return self.equal is not False",
        (f"{_NETWORK}::test_verdicts_are_true_or_false_and_sentences",),
    ),
    Planted(
        "a check of nothing taken for agreement",
        "backstep/gradient_check/result.py",
        "return self.agree is True",
        "return self.agree is not False",
        (f"{_NETWORK}::test_verdicts_are_true_or_false_and_sentences",),
    ),
    Planted(
        "complex numbers without what is imaginary",
        "backstep/binding/points.py",
        'value.dtype.kind in "biuf"',
        'value.dtype.kind in "biufc"',
        (f"{_NETWORK}::test_a_value_is_whatever_has_an_array_and_else_is_refused_in_words",),
    ),
    Planted(
        "a Jacobian's rows by the first element's seed alone",
        _JACOBIAN,
        "units[(row, *at)] = 1.0",
        "units[(0, *at)] = 1.0",
        (f"{_NETWORK}::test_a_jacobian_is_what_differences_say",),
    ),
    Planted(
        "a Jacobian by an element as that by all",
        _JACOBIAN,
        "    if not bottom.whole:\n",
        "    if False:\n",
        (f"{_NETWORK}::test_a_jacobian_is_what_differences_say",),
    ),
    Planted(
        "SymPy's expression in generated symbols",
        "backstep/symbolic/plain.py",
        "sympy.Symbol(name): sympy.Symbol(symbol.text)",
        "sympy.Symbol(name): sympy.Symbol(name)",
        (f"{_FORMULA}::test_sympys_expression_has_the_values_of_backprop",),
    ),
    Planted(
        "SymPy's expression with the library's own functions",
        "backstep/symbolic/plain.py",
        "return type(formula).written_out(*parts)",
        "return formula.func(*parts)",
        (f"{_FORMULA}::test_sympys_expression_is_one_of_sympys_own_functions",),
    ),
    Planted(
        "an element's function that gives the whole partial",
        "backstep/network/formula.py",
        "        if self._target.whole:\n            return found\n",
        "        if True:\n            return found\n",
        (f"{_FORMULA}::test_an_array_function_is_the_gradient_at_any_values",),
    ),
    Planted(
        "links that lead one step too far",
        _WALK,
        '("on →", step + 1 if step < last else None)',
        '("on →", step + 2 if step < last else None)',
        (f"{_WALKED}::test_every_link_of_the_page_leads_to_a_step_of_it",),
    ),
    Planted(
        "the last check's result for that of all",
        "app/cli/answers.py",
        "right = right and answer.right",
        "right = answer.right",
        (f"{_CLI}::test_a_check_that_agrees_is_0_and_one_that_does_not_is_1",),
    ),
    Planted(
        "exit code 0 of a text at fault",
        "app/cli/command.py",
        "            except (BackstepError, Refused) as error:\n"
        "                print(error, file=sys.stderr)\n"
        "                return 1",
        "            except (BackstepError, Refused) as error:\n"
        "                print(error, file=sys.stderr)\n"
        "                return 0",
        (f"{_CLI}::test_a_text_at_fault_is_printed_with_its_caret_by_every_command",),
    ),
    Planted(
        "a bar in a pipe",
        "app/cli/progress.py",
        "if not said or not sys.stderr.isatty():",
        "if not said:",
        (f"{_CLI}::test_a_training_prints_some_steps_and_the_parameters",),
    ),
    Planted(
        "a wrong answer without the point that shows it",
        "app/assistant/tools.py",
        '"at": None if wrong is None else wrong.at',
        '"at": None',
        (f"{_TOOLS}::test_an_answer_is_judged",),
    ),
)
