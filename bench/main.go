package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

type options struct {
	project, update    string
	data, work, fs     string
	json, svg          string
	only               string
	sources            []string
	situations         []situation
	runs               int
	stages, scale      bool
	names              int
	loopback, overLink bool
	roundTrip          time.Duration
	mbits              float64
}

func main() {
	if len(os.Args) > 3 && os.Args[1] == measuredCommand {
		os.Exit(launch(os.Args[2], os.Args[3:]))
	}
	o, err := readFlags(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	switch {
	case o.stages:
		err = benchStages(ctx, o)
	case o.scale:
		err = benchScale(ctx, o)
	default:
		err = bench(ctx, o)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func readFlags(args []string) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&o.project, "project", "alotta-files", "what to install: alotta-files, modern-app, monorepo, or a folder with a package.json")
	f.StringVar(&o.update, "update", "", "the direct dependency that the update changes, NAME@RANGE (default: the fixture's own)")
	f.StringVar(&o.data, "data", ".cache/bench", "where the recording and the tools are kept")
	f.StringVar(&o.work, "work", "", "where a new folder for the installs is made (default: the system's for temporary files)")
	f.StringVar(&o.fs, "fs", "", "ext4: a new one for each tool and round (default where possible); dir: that of -work")
	f.StringVar(&o.json, "json", "", "also write every sample to this file")
	f.StringVar(&o.svg, "svg", "", "also draw the medians into this file")
	f.StringVar(&o.only, "only", "", "time these tools alone, by commas: npm,pnpm,yarn,bun,ipnpm,ipnpm linked,ipnpm (kubo),…")
	sources := f.String("sources", "", "where ipnpm takes packages from, by commas (default: registry,kubo,gateway,serve, of the monorepo registry)")
	chosen := f.String("situations", "", "those to be timed, by commas (default: all)")
	over := f.String("link", "off", "off: loopback; on: over the emulated link; both")
	f.DurationVar(&o.roundTrip, "rtt", 50*time.Millisecond, "round trip of the emulated link")
	f.Float64Var(&o.mbits, "rate", 200, "rate of the emulated link in Mbit/s, in either direction")
	f.BoolVar(&o.stages, "stages", false, "time each stage of ours alone instead, beside its limit")
	f.BoolVar(&o.scale, "scale", false, "show instead how the costs of ours grow with the size of a project and of an index")
	f.IntVar(&o.names, "names", 0, "with -scale also the directories of an index of so many names (npm's registry: 3500000)")
	f.IntVar(&o.runs, "runs", 5, "timed runs of each situation")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	var err error
	if o.situations, err = chooseSituations(o.project, *chosen); err != nil {
		return nil, err
	}
	if o.sources, err = chooseSources(o.project, *sources); err != nil {
		return nil, err
	}
	switch *over {
	case "off", "on", "both":
		o.loopback, o.overLink = *over != "on", *over != "off"
	default:
		return nil, fmt.Errorf("-link is off, on or both, not %q", *over)
	}
	if o.runs < 1 || o.mbits <= 0 || o.roundTrip < 0 {
		return nil, fmt.Errorf("-runs, -rate and -rtt must be positive")
	}
	return o, nil
}

func chooseSources(project, list string) ([]string, error) {
	switch {
	case project == monorepoName && list != "" && list != registrySource:
		return nil, fmt.Errorf("the monorepo is installed from the registry alone")
	case project == monorepoName:
		list = registrySource
	case list == "":
		list = strings.Join(allSources(), ",")
	}
	chosen := strings.Split(list, ",")
	for _, s := range chosen {
		if !slices.Contains(allSources(), s) {
			return nil, fmt.Errorf("no source %q; there are %s", s, strings.Join(allSources(), ", "))
		}
	}
	return chosen, nil
}

func allSources() []string {
	return []string{registrySource, kuboSource, gatewaySource, serveSource}
}

// needsKubo is true where ipnpm takes part and has an index for a source.
func (o *options) needsKubo() bool {
	indexed := slices.ContainsFunc(o.sources, func(s string) bool { return s != registrySource })
	return indexed && (o.only == "" || strings.Contains(o.only, "ipnpm"))
}

func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }
