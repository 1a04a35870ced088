/* Tables as text, CSV, JSON lines, Markdown and LaTeX. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sweep/query.h"

const char *const fl_table_formats[] = {"text", "csv", "jsonl", "md", "latex", NULL};

/* A cell for people: numbers rounded, nothing for no value. */
static const char *rounded(const fl_cell *cell, char buffer[32])
{
    if (cell->text == NULL) return "";
    if (!cell->is_number || strcspn(cell->text, ".eE") == strlen(cell->text)) return cell->text;
    snprintf(buffer, 32, "%.6g", strtod(cell->text, NULL));
    return buffer;
}

/* --- one cell in each format
 * -------------------------------------------------------------------------------------- */

static void csv_cell(const char *text, fl_text *out)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fl_text_puts(out, text);
        return;
    }
    fl_text_puts(out, "\"");
    for (; *text != '\0'; text++) fl_text_printf(out, *text == '"' ? "\"\"" : "%c", *text);
    fl_text_puts(out, "\"");
}

static void markdown_cell(const char *text, fl_text *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            fl_text_puts(out, " ");
        else
            fl_text_printf(out, strchr("|\\`*_<>[]", *text) != NULL ? "\\%c" : "%c", *text);
    }
}

static void latex_cell(const char *text, fl_text *out)
{
    static const struct {
        char c;
        const char *latex;
    } SPECIAL[] = {{'\\', "\\textbackslash{}"},
                   {'~', "\\textasciitilde{}"},
                   {'^', "\\textasciicircum{}"},
                   {'<', "\\textless{}"},
                   {'>', "\\textgreater{}"},
                   {'&', "\\&"},
                   {'%', "\\%"},
                   {'$', "\\$"},
                   {'#', "\\#"},
                   {'_', "\\_"},
                   {'{', "\\{"},
                   {'}', "\\}"},
                   {'\n', " "}};
    for (; *text != '\0'; text++) {
        size_t i = 0;
        while (i < sizeof SPECIAL / sizeof *SPECIAL && SPECIAL[i].c != *text) i++;
        if (i < sizeof SPECIAL / sizeof *SPECIAL)
            fl_text_puts(out, SPECIAL[i].latex);
        else
            fl_text_append(out, text, 1);
    }
}

/* --- whole tables
 * -------------------------------------------------------------------------------------------------- */

static const fl_cell *cell_at(const fl_table *t, size_t row, size_t column)
{
    return &t->cells[row * t->column_count + column];
}

/* Columns with a number in the first row that has a value stand to the right. */
static bool is_right(const fl_table *t, size_t column)
{
    for (size_t r = 0; r < t->row_count; r++)
        if (cell_at(t, r, column)->text != NULL) return cell_at(t, r, column)->is_number;
    return false;
}

static void print_padded(const char *text, size_t width, bool right, bool last, fl_text *out)
{
    int pad = strlen(text) < width ? (int)(width - strlen(text)) : 0;
    if (right)
        fl_text_printf(out, "%*s%s", pad, "", text);
    else
        fl_text_printf(out, "%s%*s", text, last ? 0 : pad, "");
    fl_text_puts(out, last ? "\n" : "  ");
}

static void print_text(const fl_table *t, fl_text *out)
{
    char buffer[32];
    size_t *widths = calloc(t->column_count + 1, sizeof *widths);
    if (widths == NULL) {
        out->failed = true;
        return;
    }
    for (size_t c = 0; c < t->column_count; c++) {
        widths[c] = strlen(t->columns[c]);
        for (size_t r = 0; r < t->row_count; r++) {
            size_t width = strlen(rounded(cell_at(t, r, c), buffer));
            if (width > widths[c]) widths[c] = width;
        }
    }
    for (size_t c = 0; c < t->column_count; c++)
        print_padded(t->columns[c], widths[c], is_right(t, c), c + 1 == t->column_count, out);
    for (size_t r = 0; r < t->row_count; r++)
        for (size_t c = 0; c < t->column_count; c++)
            print_padded(rounded(cell_at(t, r, c), buffer), widths[c], is_right(t, c),
                         c + 1 == t->column_count, out);
    free(widths);
}

static void print_csv(const fl_table *t, fl_text *out)
{
    for (size_t c = 0; c < t->column_count; c++) {
        csv_cell(t->columns[c], out);
        fl_text_puts(out, c + 1 == t->column_count ? "\r\n" : ",");
    }
    for (size_t r = 0; r < t->row_count; r++)
        for (size_t c = 0; c < t->column_count; c++) {
            const char *text = cell_at(t, r, c)->text;
            csv_cell(text == NULL ? "" : text, out);
            fl_text_puts(out, c + 1 == t->column_count ? "\r\n" : ",");
        }
}

static void print_jsonl(const fl_table *t, fl_text *out)
{
    for (size_t r = 0; r < t->row_count; r++) {
        fl_text_puts(out, "{");
        for (size_t c = 0; c < t->column_count; c++) {
            const fl_cell *cell = cell_at(t, r, c);
            fl_text_puts(out, c == 0 ? "" : ",");
            fl_text_json(out, t->columns[c]);
            fl_text_puts(out, ":");
            if (cell->text == NULL)
                fl_text_puts(out, "null");
            else if (cell->is_number)
                fl_text_puts(out, cell->text);
            else
                fl_text_json(out, cell->text);
        }
        fl_text_puts(out, "}\n");
    }
}

static void print_markdown(const fl_table *t, fl_text *out)
{
    char buffer[32];
    for (size_t c = 0; c < t->column_count; c++) {
        fl_text_puts(out, c == 0 ? "| " : " | ");
        markdown_cell(t->columns[c], out);
    }
    fl_text_puts(out, " |\n|");
    for (size_t c = 0; c < t->column_count; c++) fl_text_puts(out, is_right(t, c) ? " ---: |" : " --- |");
    fl_text_puts(out, "\n");
    for (size_t r = 0; r < t->row_count; r++) {
        for (size_t c = 0; c < t->column_count; c++) {
            fl_text_puts(out, c == 0 ? "| " : " | ");
            markdown_cell(rounded(cell_at(t, r, c), buffer), out);
        }
        fl_text_puts(out, " |\n");
    }
}

static void print_latex(const fl_table *t, fl_text *out)
{
    char buffer[32];
    fl_text_puts(out, "\\begin{tabular}{");
    for (size_t c = 0; c < t->column_count; c++) fl_text_puts(out, is_right(t, c) ? "r" : "l");
    fl_text_puts(out, "}\n\\hline\n");
    for (size_t r = 0; r <= t->row_count; r++) { /* row 0: the names */
        for (size_t c = 0; c < t->column_count; c++) {
            fl_text_puts(out, c == 0 ? "" : " & ");
            latex_cell(r == 0 ? t->columns[c] : rounded(cell_at(t, r - 1, c), buffer), out);
        }
        fl_text_puts(out, r == 0 ? " \\\\\n\\hline\n" : " \\\\\n");
    }
    fl_text_puts(out, "\\hline\n\\end{tabular}\n");
}

void fl_table_print(const fl_table *table, fl_table_format format, fl_text *out)
{
    static void (*const PRINT[])(const fl_table *, fl_text *) = {print_text, print_csv, print_jsonl,
                                                                 print_markdown, print_latex};
    PRINT[format](table, out);
}
