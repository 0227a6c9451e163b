// Command testcount reads the stream of "go test -json" and says what it means.
//
// It prints one line for each package, the output of what failed, what was skipped with its reason, and the tests
// that took longest. A test
// with subtests counts as its subtests. A package that fails without a failing test (it does not build, it
// panics) counts as one failure. A skip whose reason does not hold the -may text counts as a failure, because a
// test that quietly does not run protects nobody.
//
// The last line is "N passed, N failed, N skipped". It exits with 1 if anything failed or nothing ran.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// event is one line of "go test -json"; build output comes with ImportPath and without Package.
type event struct {
	Action, Package, ImportPath, Test, Output, FailedBuild string
	Elapsed                                                float64
}

// The slowest tests that are worth a line.
const (
	slowest = 10
	slow    = 3.0 // seconds
)

// count is what a run came to.
type count struct {
	passed, failed, skipped int
	skips                   []string
	wrong                   []string // lines that are no event
}

func main() {
	may := flag.String("may", "", "text that the reason of every skip must hold; empty: any skip may")
	flag.Parse()
	c, err := read(os.Stdin, os.Stdout, *may)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testcount:", err)
		os.Exit(1)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", c.passed, c.failed, c.skipped)
	if c.failed > 0 || c.passed == 0 {
		os.Exit(1)
	}
}

// read counts the events of in and prints to out what a person wants to see of them.
func read(in io.Reader, out io.Writer, may string) (count, error) {
	var c count
	output := map[string][]string{} // by package, or package and test
	parents := map[string]bool{}
	blamed := map[string]bool{} // packages and tests in which something failed
	var results []event
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			c.wrong = append(c.wrong, lines.Text())
			continue
		}
		if e.Package == "" {
			e.Package, _, _ = strings.Cut(e.ImportPath, " ")
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			output[key] = append(output[key], e.Output)
		case "run":
			for t := e.Test; strings.Contains(t, "/"); {
				t = t[:strings.LastIndex(t, "/")]
				parents[e.Package+" "+t] = true
			}
		case "pass", "fail", "skip":
			results = append(results, e)
			if e.Test == "" {
				fmt.Fprintf(out, "%-4s  %s  %.1fs\n", strings.Replace(e.Action, "skip", "none", 1), e.Package, e.Elapsed)
			}
		}
	}
	if err := lines.Err(); err != nil {
		return c, err
	}
	for _, e := range results {
		if e.Action == "fail" && e.Test != "" {
			blamed[e.Package+" "] = true
			for t := e.Test; strings.Contains(t, "/"); {
				t = t[:strings.LastIndex(t, "/")]
				blamed[e.Package+" "+t] = true
			}
		}
	}
	for _, e := range results {
		key := e.Package + " " + e.Test
		text := strings.Join(output[key], "")
		switch {
		case e.Action == "fail" && !blamed[key]:
			fmt.Fprintf(out, "\nFAIL %s\n%s", key, text)
			if e.FailedBuild != "" {
				pkg, _, _ := strings.Cut(e.FailedBuild, " ")
				fmt.Fprint(out, strings.Join(output[pkg+" "], ""))
			}
			c.failed++
		case e.Action == "fail":
		case e.Test == "" || parents[key]:
		case e.Action == "pass":
			c.passed++
		case e.Action == "skip" && !strings.Contains(text, may):
			fmt.Fprintf(out, "\nFAIL %s: skipped for a reason that is not allowed\n%s", key, text)
			c.failed++
		case e.Action == "skip":
			c.skipped++
			c.skips = append(c.skips, key+": "+reason(text))
		}
	}
	for _, w := range c.wrong {
		fmt.Fprintln(out, w)
	}
	if len(c.wrong) > 0 && c.failed == 0 {
		c.failed++ // go test itself complained
	}
	for _, e := range longest(results) {
		fmt.Fprintf(out, "slow  %s %s  %.1fs\n", e.Package, e.Test, e.Elapsed)
	}
	slices.Sort(c.skips)
	for _, s := range c.skips {
		fmt.Fprintln(out, "skipped", s)
	}
	return c, nil
}

// longest returns the tests, without their subtests, that took longest.
func longest(results []event) []event {
	var all []event
	for _, e := range results {
		if e.Test != "" && !strings.Contains(e.Test, "/") && e.Elapsed >= slow {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b event) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
	return all[:min(slowest, len(all))]
}

// reason is what a skipped test said, without the lines that go test adds.
func reason(text string) string {
	var said []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			said = append(said, line)
		}
	}
	return strings.Join(said, " ")
}
