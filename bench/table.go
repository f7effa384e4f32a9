package main

import (
	"fmt"
	"io"
	"strings"
)

// write prints, for loopback and the link apart: medians in ms, ours as ratios
// to the fastest other, processor seconds and peak memory.
func (r *results) write(w io.Writer) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s, median of %d; %s; %d CPUs, %s\n", r.Fixture, r.Runs, r.Disk, r.CPUs, r.Platform)
	for _, link := range r.Links {
		fmt.Fprintf(&out, "\n## %s\n", link)
		r.table(&out, link, "Wall time, ms", r.Tools, func(situation, tool string) string {
			return number("%.0f", r.median(link, situation, tool, wallMillis))
		})
		r.ratios(&out, link)
		r.alone(&out, link)
		r.table(&out, link, "CPU seconds (+ the daemon's own)", r.Tools, func(situation, tool string) string {
			cell := number("%.2f", r.median(link, situation, tool, cpuSeconds))
			if daemon := r.median(link, situation, tool, daemonSeconds); daemon > 0 {
				cell += fmt.Sprintf(" (+%.2f)", daemon)
			}
			return cell
		})
		r.table(&out, link, "Peak memory, MB", r.Tools, func(situation, tool string) string {
			return number("%.0f", r.median(link, situation, tool, peakMegabytes))
		})
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// ratios compare ours with the fastest other tool, and over a link also with
// the bytes alone.
func (r *results) ratios(out *strings.Builder, link string) {
	if len(r.Ours) == 0 || len(r.Ours) == len(r.Tools) {
		return
	}
	r.table(out, link, "Wall time ÷ the fastest other tool's", r.Ours, func(situation, tool string) string {
		return quotient(r.median(link, situation, tool, wallMillis), r.fastest(link, situation, wallMillis))
	})
	r.table(out, link, "CPU seconds ÷ the lowest of the others", r.Ours, func(situation, tool string) string {
		return quotient(r.median(link, situation, tool, cpuSeconds), r.fastest(link, situation, cpuSeconds))
	})
}

// alone compares the install from a lockfile with its tarballs alone.
func (r *results) alone(out *strings.Builder, link string) {
	least := r.median(link, lockfile, bytesAlone, wallMillis)
	if least == 0 {
		return
	}
	fmt.Fprintf(out, "\nThe %d tarballs alone (%.1f MB), fetched and thrown away: %.0f ms. Situation %q ÷ that:", r.Tarballs, float64(r.TarballBytes)/1e6, least, lockfile)
	var all []string
	for _, tool := range r.Tools {
		all = append(all, tool+" "+quotient(r.median(link, lockfile, tool, wallMillis), least))
	}
	fmt.Fprintf(out, " %s.\n", strings.Join(all, "; "))
}

func (r *results) table(out *strings.Builder, link, title string, tools []string, cell func(situation, tool string) string) {
	fmt.Fprintf(out, "\n%s\n\n| situation |", title)
	for _, tool := range tools {
		fmt.Fprintf(out, " %s |", tool)
	}
	fmt.Fprintf(out, "\n|---|%s\n", strings.Repeat("---:|", len(tools)))
	for _, situation := range r.Situations {
		fmt.Fprintf(out, "| %s |", situation)
		for _, tool := range tools {
			fmt.Fprintf(out, " %s |", cell(situation, tool))
		}
		out.WriteByte('\n')
	}
}

func number(format string, x float64) string {
	if x == 0 {
		return "–"
	}
	return fmt.Sprintf(format, x)
}

func quotient(ours, theirs float64) string {
	if ours == 0 || theirs == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", ours/theirs)
}
