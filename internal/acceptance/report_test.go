//go:build acceptance

package acceptance

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// report gathers the rows of the tables, which are printed whole at the end:
// what the tests log on the way is for who looks into a failure.
type report struct {
	ways, reproduced, kills []string
}

// verdict is "ok" or, in a table, the first line of what is wrong.
func verdict(err error) string {
	if err == nil {
		return "ok"
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return "FAILED: " + strings.ReplaceAll(first, "|", "/")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// print writes the tables to the test's log.
func (r *report) print(t *testing.T) {
	t.Helper()
	var b strings.Builder
	section(&b, "2. Five real projects, three ways",
		"project | way | packages | wall | bytes from | npm ls --all | run check | tree", r.ways)
	section(&b, "3. The same lockfile and the same tree", "project | what | result", r.reproduced)
	section(&b, "4. Killed with SIGKILL, then installed once more",
		"# | HOME | killed at | left behind | the next install | npm ls --all | cache verify | tree", r.kills)
	t.Log("\n" + b.String())
}

func section(b *strings.Builder, title, head string, rows []string) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "%s\n\n| %s |\n|%s\n", title, head, strings.Repeat("---|", strings.Count(head, "|")+1))
	for _, row := range rows {
		fmt.Fprintf(b, "| %s |\n", row)
	}
	b.WriteString("\n")
}
