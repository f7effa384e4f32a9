package scale

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// steep is the exponent from which on a cost is marked: n log n and the noise of
// a reading stay below it.
const steep = 1.35

// WriteGrowth prints what each cost took, and the power of the size with which
// it grew. All have the sizes of the first.
func WriteGrowth(w io.Writer, k Kind, all []Growth) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s, ms\n\n| cost |", k.Name)
	for i, n := range k.Sizes {
		fmt.Fprintf(&out, " %d (%d locations) |", n, all[0].Sizes[i])
	}
	fmt.Fprintf(&out, " grows with n to the |\n|---|%s---|\n", strings.Repeat("---:|", len(k.Sizes)))
	for _, g := range all {
		fmt.Fprintf(&out, "| %s |", g.Cost)
		for _, took := range g.Took {
			fmt.Fprintf(&out, " %s |", millis(took))
		}
		fmt.Fprintf(&out, " %s |\n", exponents(g.Exponents()))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// exponents marks the last one where it is steep: at small sizes fixed costs
// hide what grows.
func exponents(all []float64) string {
	var texts []string
	for _, e := range all {
		texts = append(texts, fmt.Sprintf("%.2f", e))
	}
	text := strings.Join(texts, ", ")
	if len(all) > 0 && all[len(all)-1] > steep {
		text += " (!)"
	}
	return text
}

// WriteIndexes prints what indexes cost.
func WriteIndexes(w io.Writer, all []Index) error {
	var out strings.Builder
	fmt.Fprintf(&out, "index, ms\n\n| names | build | update of 1 %% | %d names cold | warm | after the update |\n|---:|---:|---:|---:|---:|---:|\n", looked)
	for _, x := range all {
		names := fmt.Sprint(x.Names)
		if x.MadeUp {
			names += ", directories alone"
		}
		fmt.Fprintf(&out, "| %s | %s, %v | %s, %v | %s, %v | %s | %s, %v |\n", names, millis(x.Build), x.Built,
			millis(x.Update), x.Delta, millis(x.Cold), x.ColdRead, millis(x.Warm), millis(x.Again), x.AgainRead)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// String is "12 blocks, 3.4 MB".
func (t Traffic) String() string {
	return fmt.Sprintf("%d blocks, %.1f MB", t.Blocks, float64(t.Bytes)/1e6)
}

func millis(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()*1000) }
