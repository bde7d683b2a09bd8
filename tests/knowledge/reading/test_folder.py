from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.reading.folder import ClientFolder, read_folder
from knowledge.reading.problem import Problem
from tests.knowledge.folders import AUTHORITY, CLIENT, REFUND, lulu, write


def only_error(folder: ClientFolder) -> Problem:
    (error,) = folder.errors
    return error


def test_a_sound_folder_is_read_completely(tmp_path: Path) -> None:
    folder = read_folder(lulu(tmp_path))
    assert folder.problems == ()
    assert (folder.settings.id, folder.settings.name) == ("lulu", "露露出行")
    assert [article.id for article in folder.articles] == ["LL-2", "LL-1"]
    assert folder.articles[1].valid_from == date(2026, 1, 1)
    assert folder.precedents[0].situation == "司机不动导致取消被扣4元"
    assert folder.authority.rules[0].max == 5


def test_unknown_keys_are_kept(tmp_path: Path) -> None:
    folder = read_folder(lulu(tmp_path))
    assert folder.settings.extra == {"mascot": "小鹿"}
    assert folder.settings.contacts["client_ops"].extra == {"wechat": "ops-1"}


def test_missing_files_are_fine(tmp_path: Path) -> None:
    folder = read_folder(write(tmp_path / "mini", {"articles/a.md": "# 退款\n\n可以退。"}))
    assert folder.problems == ()
    assert folder.settings.id == "mini"
    assert folder.authority.rules == ()


def test_a_folder_with_nothing_of_a_client_is_refused(tmp_path: Path) -> None:
    assert "no client's folder" in only_error(read_folder(tmp_path)).cause


def test_an_article_without_front_matter_is_named_by_file_and_heading(tmp_path: Path) -> None:
    (article,) = read_folder(write(tmp_path, {"articles/refund-7.md": "# 七天退货\n\n可以。"})).articles
    assert (article.id, article.title) == ("refund-7", "七天退货")


def test_a_tab_in_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    error = only_error(read_folder(lulu(tmp_path, client_yaml="id: lulu\nname: x\npriorities:\n\tP0: {}\n")))
    assert (error.path, error.where) == ("client.yaml", "line 4")
    assert "tab" in error.cause


def test_a_tab_in_front_matter_is_named_with_the_line_in_its_file(tmp_path: Path) -> None:
    error = only_error(read_folder(lulu(tmp_path, articles__x_md="---\nid: X\ntags:\n\t- a\n---\nText.")))
    assert (error.path, error.where) == ("articles/x.md", "line 4")


def test_front_matter_without_an_end_is_an_error(tmp_path: Path) -> None:
    error = only_error(read_folder(lulu(tmp_path, articles__x_md="---\nid: X\ntitle: y\n\nText.")))
    assert "closing" in error.cause


def test_two_articles_with_one_id_are_both_named(tmp_path: Path) -> None:
    error = only_error(read_folder(lulu(tmp_path, articles__zwei_md=REFUND)))
    assert error.path == "articles/zwei.md"
    assert "LL-1" in error.cause
    assert "articles/refund.md" in error.cause


def test_files_of_one_name_and_different_kinds_get_different_ids(tmp_path: Path) -> None:
    folder = read_folder(write(tmp_path, {"articles/faq.txt": "第一", "articles/faq.md": "第二"}))
    assert {article.id for article in folder.articles} == {"faq.txt", "faq.md"}


def test_all_problems_come_in_one_run(tmp_path: Path) -> None:
    folder = read_folder(
        lulu(
            tmp_path,
            client_yaml=CLIENT.replace("Asia/Shanghai", "Mars/Base"),
            authority_yaml=AUTHORITY.replace("max: 5", "max: 五元").replace("tier: L1", "tier: L9"),
            cases_csv="id,situation\nC-1,a\nC-1,b\n",
            articles__bad_md="---\nid: [\n---\n",
            articles__day_md="---\nid: D\nvalid_from: 2026-02-30\n---\nx",
            articles__scan_pdf=b"%PDF-1.4 broken",
        )
    )
    places = {(error.path, error.where) for error in folder.errors}
    assert ("client.yaml", "line 4 (timezone)") in places
    assert ("authority.yaml", "line 6 (actions.0.max)") in places
    assert ("authority.yaml", "line 6 (actions.0.tier)") in places
    assert ("cases.csv", "line 3") in places
    assert ("articles/day.md", "line 3 (valid_from)") in places
    assert {"articles/bad.md", "articles/scan.pdf"} <= {path for path, _ in places}


def test_another_clients_limits_are_refused(tmp_path: Path) -> None:
    error = only_error(read_folder(lulu(tmp_path, authority_yaml=AUTHORITY.replace("lulu", "other"))))
    assert "other" in error.cause


def test_an_unknown_contact_is_a_warning_only(tmp_path: Path) -> None:
    folder = read_folder(lulu(tmp_path, authority_yaml=AUTHORITY.replace("client_ops", "nobody")))
    assert folder.errors == ()
    assert [problem.where for problem in folder.problems] == ["line 7 (actions.1.escalate_to)"]


def test_a_key_given_twice_is_a_warning(tmp_path: Path) -> None:
    folder = read_folder(lulu(tmp_path, client_yaml=CLIENT + "name: 又一个\n"))
    (warning,) = folder.problems
    assert warning.severity == "warning"
    assert folder.settings.name == "又一个"


def test_times_stay_times_and_ids_stay_ids(tmp_path: Path) -> None:
    folder = read_folder(lulu(tmp_path, articles__x_md="---\nid: 007\ntitle: 10:30\n---\nx"))
    assert ("007", "10:30") in {(article.id, article.title) for article in folder.articles}


@pytest.mark.parametrize("text", ["2026-3-1", "2026/03/01", "2026年3月1日"])
def test_dates_are_read_as_people_write_them(tmp_path: Path, text: str) -> None:
    folder = read_folder(write(tmp_path, {"articles/x.md": f"---\nvalid_to: {text}\n---\nx"}))
    assert folder.articles[0].valid_to == date(2026, 3, 1)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("# secret\n\nx", encoding="utf-8")
    root = lulu(tmp_path / "lulu")
    (root / "articles" / "link.md").symlink_to(secret)
    folder = read_folder(root)
    assert "leaves the client's folder" in only_error(folder).cause
    assert all("secret" not in article.title for article in folder.articles)


def test_aliases_that_explode_are_refused(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert "aliases" in only_error(read_folder(lulu(tmp_path, client_yaml="\n".join(rows)))).cause


def test_a_few_aliases_that_unfold_without_end_are_refused(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 24))]
    assert "unfold" in only_error(read_folder(lulu(tmp_path, client_yaml="\n".join(rows)))).cause


def test_python_tags_build_nothing(tmp_path: Path) -> None:
    error = only_error(read_folder(lulu(tmp_path, client_yaml="id: !!python/object/apply:os.getcwd []\n")))
    assert error.path == "client.yaml"


def test_a_client_id_that_could_be_a_path_is_refused(tmp_path: Path) -> None:
    assert (
        "client id"
        in only_error(read_folder(lulu(tmp_path / "x", client_yaml="id: ../lulu\n", authority_yaml=""))).cause
    )


def test_other_kinds_of_files_are_named_and_left_out(tmp_path: Path) -> None:
    folder = read_folder(lulu(tmp_path, articles__photo_jpg=b"x", articles__old_doc=b"x"))
    assert {(problem.path, problem.severity) for problem in folder.problems} == {
        ("articles/photo.jpg", "warning"),
        ("articles/old.doc", "warning"),
    }


def test_an_open_quotation_mark_is_named_where_it_opens(tmp_path: Path) -> None:
    text = 'id: lulu\nname: "露露出行\nlanguage: zh-Hans\nbusiness_hours: "09:00-21:00 每天"\n'
    error = only_error(read_folder(lulu(tmp_path, client_yaml=text)))
    assert (error.path, error.where) == ("client.yaml", "line 2")
    assert "quotation mark" in error.cause


def test_a_language_and_a_currency_that_nobody_knows_are_warnings(tmp_path: Path) -> None:
    text = "id: lulu\nlanguage: chinese\ncurrency: RMB¥\n"
    folder = read_folder(write(tmp_path, {"client.yaml": text, "articles/a.md": "# 退款\n\n可以退。"}))
    assert [p.where for p in folder.problems] == ["line 2 (language)", "line 3 (currency)"]
    assert folder.errors == ()
    assert folder.settings.language == "zh-Hans"


def test_cases_without_what_was_done_are_a_warning(tmp_path: Path) -> None:
    files = {"cases.csv": "id,date,situation\nA,2026-01-02,没了\n", "articles/a.md": "# 退款\n\n可以退。"}
    (problem,) = read_folder(write(tmp_path, files)).problems
    assert (problem.path, problem.where) == ("cases.csv", "line 1")
    assert "`what_was_done` and `outcome`" in problem.cause
