#include "sim/report/html/page.h"

#include <string.h>

/* Files as bytes with a zero behind. The Makefile lists them as what this object depends on. Chart.js 3.9.1 (MIT) is Debian's
 * libjs-chart.js. */
#define EMBED(name, path)                                                                                                           \
    __asm__(".section .rodata\n" #name ":\n.incbin \"" path "\"\n.byte 0\n.previous\n");                                            \
    extern const char name[]

EMBED(fl_page_html, "sim/report/html/page.html");
EMBED(fl_page_css, "sim/report/html/page.css");
EMBED(fl_page_data_js, "sim/report/html/data.js");
EMBED(fl_page_charts_js, "sim/report/html/charts.js");
EMBED(fl_page_app_js, "sim/report/html/app.js");
EMBED(fl_page_chart_library, "/usr/share/javascript/chart.js/chart.min.js");

/* The only character that could end the element the JSON stands in, or start a comment in it. */
static void append_json(const fl_text *data, fl_text *out)
{
    const char *rest = data->bytes;
    for (const char *less; (less = strchr(rest, '<')) != NULL; rest = less + 1) {
        fl_text_append(out, rest, (size_t)(less - rest));
        fl_text_puts(out, "\\u003c");
    }
    fl_text_puts(out, rest);
}

static void append_part(const char *name, size_t length, const fl_text *data, fl_text *out)
{
    static const struct {
        const char *name, *text;
    } PARTS[] = {{"style", fl_page_css},
                 {"library", fl_page_chart_library},
                 {"data.js", fl_page_data_js},
                 {"charts.js", fl_page_charts_js},
                 {"app.js", fl_page_app_js}};
    for (size_t p = 0; p < sizeof PARTS / sizeof *PARTS; p++)
        if (strlen(PARTS[p].name) == length && memcmp(PARTS[p].name, name, length) == 0) fl_text_puts(out, PARTS[p].text);
    if (length == 4 && memcmp(name, "data", 4) == 0) append_json(data, out);
}

/* {{name}} in the template stands for a part. */
void fl_report_page(const fl_text *data, fl_text *out)
{
    const char *rest = fl_page_html;
    for (const char *open; (open = strstr(rest, "{{")) != NULL;) {
        const char *close = strstr(open, "}}");
        fl_text_append(out, rest, (size_t)(open - rest));
        append_part(open + 2, (size_t)(close - open) - 2, data, out);
        rest = close + 2;
    }
    fl_text_puts(out, rest);
    out->failed |= data->failed;
}
