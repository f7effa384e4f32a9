package install

import (
	"slices"
	"testing"
)

// The largest of the jobs that are ready comes first, one without contents last.
func TestJobQueue(t *testing.T) {
	of := func(loc string, files, dirs int) *job {
		return &job{target: &target{place: place{loc: loc}}, contents: &Contents{Files: make([]File, files), Dirs: make([]string, dirs)}}
	}
	link := &job{target: &target{place: place{loc: "link"}}}
	q := newJobQueue(5)
	var got []string
	take := func(n int) {
		for range n {
			<-q.ready
			got = append(got, q.take().loc)
		}
	}
	for _, j := range []*job{link, of("small", 2, 0), of("deep", 4, 3), of("wide", 8, 0)} {
		q.push(j)
	}
	take(2)
	q.push(of("late", 5, 0))
	take(3)
	if want := []string{"deep", "wide", "late", "small", "link"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	close(q.ready)
	if _, more := <-q.ready; more {
		t.Error("a token is left")
	}
}
