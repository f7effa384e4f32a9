package view

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ipnpm/ipnpm/internal/lateregexp"
)

// How Node's inspect breaks lines: at this width, with at most so many levels
// on one line, and nothing shown that is deeper.
const (
	lineWidth   = 128
	levelsAline = 3
	maxLevel    = 5
)

// Text writes a JSON value as util.inspect does, the keys of objects in order.
func Text(v any) string {
	i := &inspector{}
	return i.value(v, 0)
}

type inspector struct {
	indent int
	// level is that of the last object or list that was written.
	level int
}

func (i *inspector) value(v any, level int) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return quote(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case []any:
		return i.list(v, level)
	case map[string]any:
		return i.object(v, level)
	}
	return fmt.Sprint(v)
}

func (i *inspector) list(v []any, level int) string {
	switch {
	case len(v) == 0:
		return "[]"
	case level > maxLevel:
		return "[Array]"
	}
	i.level = level
	parts := make([]string, len(v))
	numbers := true
	for at, element := range v {
		i.indent += 2
		parts[at] = i.value(element, level+1)
		i.indent -= 2
		if _, ok := element.(float64); !ok {
			numbers = false
		}
	}
	entries := len(parts)
	if entries > 6 {
		parts = i.columns(parts, numbers)
	}
	return i.join("[", parts, "]", level, entries)
}

// plainKey is a key that needs no quotes.
var plainKey = lateregexp.New(`^[a-zA-Z_][a-zA-Z_0-9]*$`)

func (i *inspector) object(v map[string]any, level int) string {
	switch {
	case len(v) == 0:
		return "{}"
	case level > maxLevel:
		return "[Object]"
	}
	i.level = level
	parts := make([]string, 0, len(v))
	for _, key := range slices.Sorted(maps.Keys(v)) {
		i.indent += 2
		text := i.value(v[key], level+1)
		i.indent -= 2
		if !plainKey.MatchString(key) {
			key = quote(key)
		}
		parts = append(parts, key+": "+text)
	}
	return i.join("{", parts, "}", level, len(parts))
}

// join puts what is inside on one line if it is short and not deep.
func (i *inspector) join(open string, parts []string, end string, level, entries int) string {
	if i.level-level < levelsAline && entries == len(parts) {
		width := len(parts) + i.indent + len(open) + 10 + len(parts)
		for _, p := range parts {
			width += utf8.RuneCountInString(p)
		}
		line := strings.Join(parts, ", ")
		if width <= lineWidth && !strings.Contains(line, "\n") {
			return open + " " + line + " " + end
		}
	}
	next := "\n" + strings.Repeat(" ", i.indent)
	return open + next + "  " + strings.Join(parts, ","+next+"  ") + next + end
}

// columns sets the elements of a long list in columns, where they are short.
func (i *inspector) columns(parts []string, numbers bool) []string {
	total, longest := 0, 0
	for _, p := range parts {
		n := utf8.RuneCountInString(p)
		total += n + 2
		longest = max(longest, n)
	}
	width := longest + 2
	if width*3+i.indent >= lineWidth || float64(total)/float64(width) <= 5 && longest > 6 {
		return parts
	}
	bias := math.Sqrt(float64(width) - float64(total)/float64(len(parts)))
	biased := max(float64(width)-3-bias, 1)
	n := min(int(math.Round(math.Sqrt(2.5*biased*float64(len(parts)))/biased)), (lineWidth-i.indent)/width, levelsAline*4, 15)
	if n <= 1 {
		return parts
	}
	return rows(parts, n, numbers)
}

// rows are the lines of n columns, numbers set to the right.
func rows(parts []string, n int, numbers bool) []string {
	widths := make([]int, n)
	for i, p := range parts {
		widths[i%n] = max(widths[i%n], utf8.RuneCountInString(p)+2)
	}
	var lines []string
	for row := range slices.Chunk(parts, n) {
		line := ""
		for i, p := range row {
			last := i == len(row)-1
			if !last {
				p += ", "
			}
			pad := strings.Repeat(" ", max(widths[i]-utf8.RuneCountInString(p), 0))
			switch {
			case numbers && last:
				line += pad[:max(len(pad)-2, 0)] + p
			case numbers:
				line += pad + p
			case last:
				line += p
			default:
				line += p + pad
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// quote puts a text in single quotes, or in others where it has those.
func quote(text string) string {
	mark := "'"
	if strings.Contains(text, "'") {
		switch {
		case !strings.Contains(text, `"`):
			mark = `"`
		case !strings.ContainsAny(text, "`") && !strings.Contains(text, "${"):
			mark = "`"
		}
	}
	replace := strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`, "\b", `\b`, "\f", `\f`)
	text = replace.Replace(text)
	if mark == "'" {
		text = strings.ReplaceAll(text, "'", `\'`)
	}
	return mark + text + mark
}
