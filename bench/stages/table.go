package stages

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Write prints a table of results: what the product took, what the limit took,
// and their ratio.
func Write(w io.Writer, results []Result) error {
	var out strings.Builder
	out.WriteString("| stage | work | ours, ms | limit, ms | ours ÷ limit | the limit is |\n|---|---:|---:|---:|---:|---|\n")
	for _, r := range results {
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %.2f | %s |\n", r.Stage, work(r.Work, r.Unit), millis(r.Ours), millis(r.Limit), r.Ratio(), r.LimitIs)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func work(n int64, unit string) string {
	if unit == "bytes" {
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d %s", n, unit)
}

func millis(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()*1000) }
