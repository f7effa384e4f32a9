package cmd

import (
	"testing"

	"github.com/ipnpm/ipnpm/docs"
)

func TestPlainPage(t *testing.T) {
	page := docs.Topic{Title: "The title", Text: `A paragraph that stands on
two lines, and goes on for more than eighty columns with a [link](other.md).

## A heading
- **` + "`key`" + `** (a fact)  
  What it is for.
- another

` + "```sh\nipnpm  install\n```" + `

| a | b |
|---|---|
| ` + "`x`" + ` | some words that have to go on below where their column began, which is here |

after
`}
	want := `The title

A paragraph that stands on two lines, and goes on for more than eighty columns
with a link.

A heading
- ` + "`key`" + ` (a fact)
  What it is for.
- another

  ipnpm  install

  a    b
  ` + "`x`" + `  some words that have to go on below where their column began, which is
       here

after
`
	if got := (&app{}).plainPage(page); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
