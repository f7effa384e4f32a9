package main

import (
	_ "embed"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/template"
)

// The chart's measures, in pixels.
const (
	chartColumns = 2
	columnWidth  = 470
	labelWidth   = 160
	barWidth     = 220
	lineHeight   = 17
	titleHeight  = 26
	sectionGap   = 34
	margin       = 16
)

// cutAt is how many times the fastest other tool's bar one may be long; a
// slower tool's is cut and still says its time.
const cutAt = 3

//go:embed chart.svg.tmpl
var chartTemplate string

// chart is the drawing of all situations, for each link a section.
type chart struct {
	Width, Height int
	Title         string
	Sections      []chartText
	Groups        []chartGroup
}

type chartText struct {
	X, Y int
	Text string
}

type chartGroup struct {
	chartText
	Bars []chartBar
}

type chartBar struct {
	Y, Width int
	// Class is "peer", "hoisted" or "linked".
	Class, Tool, Value string
	Cut                bool
}

func (r *results) writeSVG(file string) error {
	t, err := template.New("chart").Parse(chartTemplate)
	if err != nil {
		return err
	}
	var out strings.Builder
	if err := t.Execute(&out, r.chart()); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(out.String()), 0o644)
}

// chart places the groups in columns below each section's title.
func (r *results) chart() chart {
	c := chart{Width: chartColumns*columnWidth + 2*margin, Title: fmt.Sprintf("%s, median of %d, in ms", r.Fixture, r.Runs)}
	top := margin + titleHeight
	groupHeight := titleHeight + len(r.Tools)*lineHeight + 10
	for _, link := range r.Links {
		c.Sections = append(c.Sections, chartText{X: margin, Y: top + 14, Text: link})
		top += sectionGap
		for i, situation := range r.Situations {
			g := r.chartGroup(link, situation)
			g.X, g.Y = margin+i%chartColumns*columnWidth, top+i/chartColumns*groupHeight
			c.Groups = append(c.Groups, g)
		}
		top += (len(r.Situations) + chartColumns - 1) / chartColumns * groupHeight
	}
	c.Height = top + margin
	return c
}

// chartGroup draws one situation on a scale of its own.
func (r *results) chartGroup(link, situation string) chartGroup {
	g := chartGroup{chartText: chartText{Text: situation}}
	longest := 0.0
	for _, tool := range r.Tools {
		longest = max(longest, r.median(link, situation, tool, wallMillis))
	}
	if fastest := r.fastest(link, situation, wallMillis); fastest > 0 {
		longest = min(longest, cutAt*fastest)
	}
	for i, tool := range r.Tools {
		ms := r.median(link, situation, tool, wallMillis)
		if ms == 0 {
			continue
		}
		bar := chartBar{Y: titleHeight + i*lineHeight, Tool: tool, Class: r.class(tool), Value: fmt.Sprintf("%.0f", ms), Cut: ms > longest}
		bar.Width = max(1, int(barWidth*min(ms, longest)/longest))
		g.Bars = append(g.Bars, bar)
	}
	return g
}

func (r *results) class(tool string) string {
	switch {
	case !slices.Contains(r.Ours, tool):
		return "peer"
	case strings.Contains(tool, "linked"):
		return "linked"
	}
	return "hoisted"
}

// BarX and LabelX are where bars begin and labels end.
func (chart) BarX() int   { return labelWidth }
func (chart) LabelX() int { return labelWidth - 8 }

// End is where the number of a bar stands.
func (b chartBar) End() int { return labelWidth + b.Width + 6 }

// Gap is where a bar that is cut is interrupted.
func (b chartBar) Gap() int { return labelWidth + b.Width - 14 }
