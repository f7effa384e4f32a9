package diagram

import (
	"math"
	"slices"
)

// Sizes in pixels.
const (
	charWidth  = 7.3 // of a monospaced letter at 12 pixels
	boxHeight  = 26.0
	boxGap     = 10.0 // between boxes of a column
	arrowGap   = 9.0  // between arrows that cross a column
	margin     = 20.0
	minChannel = 40.0 // between columns, for the curves
	maxChannel = 90.0
	maxLetters = 48
)

// placed is where everything of a diagram stands.
type placed struct {
	*layers
	boxes       int
	left, width []float64 // of each column
	y           []float64 // of the middle of each place
	right, foot float64   // the ends of all
}

func place(d *Diagram) *placed {
	p := &placed{layers: newLayers(d), boxes: len(d.Nodes)}
	p.placeColumns(d)
	p.y = make([]float64, len(p.column))
	for _, column := range p.columns {
		p.settle(column, nil)
	}
	for range sweeps {
		for _, column := range slices.Backward(p.columns) {
			p.settle(column, p.after)
		}
		for _, column := range p.columns {
			p.settle(column, p.before)
		}
	}
	top := slices.Min(append([]float64{math.Inf(1)}, p.y...)) - boxHeight/2 - margin
	for i := range p.y {
		p.y[i] = math.Round(p.y[i] - top)
	}
	p.foot = slices.Max(append([]float64{0}, p.y...)) + boxHeight/2 + margin
	return p
}

// placeColumns gives each column the width of its widest box, and more room for
// curves where more arrows run.
func (p *placed) placeColumns(d *Diagram) {
	at := margin
	for _, column := range p.columns {
		width, arrows := 0.0, 0
		for _, place := range column {
			if place < p.boxes {
				width = max(width, boxWidth(d.Nodes[place].Label))
			}
			arrows += len(p.after[place])
		}
		p.left, p.width = append(p.left, at), append(p.width, width)
		p.right = at + width + margin
		at += width + min(maxChannel, minChannel+2*float64(arrows))
	}
}

// settle puts the places of a column as near as can be to the means of their
// neighbours: of all placings that keep order and distance the one with the least
// squares, found by pooling those that would overlap.
func (p *placed) settle(column []int, neighbours [][]int) {
	type block struct {
		sum   float64
		count int
	}
	offsets := make([]float64, len(column))
	var blocks []block
	mid := func(b block) float64 { return b.sum / float64(b.count) }
	for i, place := range column {
		wish := p.y[place]
		if i > 0 {
			offsets[i] = offsets[i-1] + p.distance(column[i-1], place)
		}
		if neighbours == nil {
			wish = offsets[i]
		} else {
			wish = mean(p.y, neighbours[place], wish)
		}
		blocks = append(blocks, block{wish - offsets[i], 1})
		for n := len(blocks); n > 1 && mid(blocks[n-2]) > mid(blocks[n-1]); n-- {
			blocks[n-2].sum += blocks[n-1].sum
			blocks[n-2].count += blocks[n-1].count
			blocks = blocks[:n-1]
		}
	}
	i := 0
	for _, b := range blocks {
		for range b.count {
			p.y[column[i]] = mid(b) + offsets[i]
			i++
		}
	}
}

// distance is what must be between the middles of two places.
func (p *placed) distance(a, b int) float64 {
	high := func(place int) float64 {
		if place < p.boxes {
			return (boxHeight + boxGap) / 2
		}
		return arrowGap / 2
	}
	return high(a) + high(b)
}

func boxWidth(label string) float64 {
	return math.Ceil(float64(letters(shortened(label)))*charWidth) + 16
}

// letters is a text's width; what is written in East Asia is two letters wide.
func letters(text string) int {
	n := 0
	for _, r := range text {
		n += letterWidth(r)
	}
	return n
}

func letterWidth(r rune) int {
	if r >= 0x1100 {
		return 2
	}
	return 1
}

// shortened is a label that is not wider than a box may be.
func shortened(label string) string {
	if letters(label) <= maxLetters {
		return label
	}
	n := 0
	for i, r := range label {
		if n += letterWidth(r); n >= maxLetters {
			return label[:i] + "…"
		}
	}
	return label
}
