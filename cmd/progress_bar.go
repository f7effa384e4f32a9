package cmd

import (
	"io"
	"strings"

	"github.com/schollz/progressbar/v3"
)

// barWidth is the bar's own, in columns, without the percentage before it.
const barWidth = 12

// share is how much is done of what is known to be to do. What was picked is
// still to be fetched and linked, so these totals are never below the picks.
func (p *progress) share() (done, total int) {
	picks := 0
	if c := p.count["resolve"]; c != nil {
		picks = c.done
	}
	for name, least := range map[string]int{"fetch": picks, "link": picks, "scripts": 0} {
		c := p.count[name]
		if c == nil {
			c = &phaseCount{}
		}
		done, total = done+c.done, total+max(c.total, c.done, least)
	}
	return done, total
}

// barOf draws a share as "25% |███         |"; nothing while there is none.
func barOf(done, total int) string {
	if done == 0 || total == 0 {
		return ""
	}
	bar := progressbar.NewOptions(total,
		progressbar.OptionSetWriter(io.Discard), // where on the line it stands is progress's to say
		progressbar.OptionSetWidth(barWidth),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetPredictTime(false),
	)
	if bar.Set(done) != nil {
		return ""
	}
	return strings.TrimSpace(bar.String())
}
