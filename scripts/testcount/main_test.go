package main

import (
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	const pass = `{"Action":"run","Package":"p","Test":"A"}
{"Action":"run","Package":"p","Test":"A/x"}
{"Action":"run","Package":"p","Test":"A/y"}
{"Action":"pass","Package":"p","Test":"A/x"}
{"Action":"pass","Package":"p","Test":"A/y"}
{"Action":"pass","Package":"p","Test":"A"}
{"Action":"pass","Package":"p"}
`
	skip := func(why string) string {
		return `{"Action":"run","Package":"p","Test":"S"}
{"Action":"output","Package":"p","Test":"S","Output":"=== RUN   S\n"}
{"Action":"output","Package":"p","Test":"S","Output":"    s_test.go:3: ` + why + `\n"}
{"Action":"skip","Package":"p","Test":"S"}
`
	}
	cases := []struct {
		name, in, may           string
		passed, failed, skipped int
		out                     string
	}{
		{"subtests count once", pass, "", 2, 0, 0, "pass  p"},
		{"a failing subtest counts once", pass + `{"Action":"run","Package":"q","Test":"B/x"}
{"Action":"output","Package":"q","Test":"B/x","Output":"wanted 1\n"}
{"Action":"fail","Package":"q","Test":"B/x"}
{"Action":"fail","Package":"q","Test":"B"}
{"Action":"fail","Package":"q"}
`, "", 2, 1, 0, "wanted 1"},
		{"a parent that fails by itself", `{"Action":"run","Package":"q","Test":"B/x"}
{"Action":"pass","Package":"q","Test":"B/x"}
{"Action":"output","Package":"q","Test":"B","Output":"wanted 2\n"}
{"Action":"fail","Package":"q","Test":"B"}
{"Action":"fail","Package":"q"}
`, "", 1, 1, 0, "wanted 2"},
		{"a build that fails", pass + `{"ImportPath":"q [q.test]","Action":"build-output","Output":"undefined: x\n"}
{"ImportPath":"q [q.test]","Action":"build-fail"}
{"Action":"fail","Package":"q","FailedBuild":"q [q.test]"}
`, "", 2, 1, 0, "undefined: x"},
		{"the slowest first", `{"Action":"pass","Package":"p","Test":"A","Elapsed":3.5}
{"Action":"pass","Package":"p","Test":"B","Elapsed":40}
{"Action":"run","Package":"p","Test":"B/x"}
{"Action":"pass","Package":"p","Test":"B/x","Elapsed":39}
{"Action":"pass","Package":"p","Test":"C","Elapsed":2}
`, "", 3, 0, 0, "slow  p B  40.0s\nslow  p A  3.5s\n"},
		{"a skip with the right reason", pass + skip("OPENTRM_DATA is not set"), "OPENTRM_DATA", 2, 0, 1, "skipped p S: s_test.go:3: OPENTRM_DATA is not set"},
		{"a skip with another reason", pass + skip("not today"), "OPENTRM_DATA", 2, 1, 0, "not allowed"},
		{"a line that is no event", pass + "go: cannot find main module\n", "", 2, 1, 0, "cannot find"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			got, err := read(strings.NewReader(c.in), &out, c.may)
			if err != nil {
				t.Fatal(err)
			}
			if got.passed != c.passed || got.failed != c.failed || got.skipped != c.skipped {
				t.Errorf("got %d, %d, %d", got.passed, got.failed, got.skipped)
			}
			if !strings.Contains(out.String(), c.out) {
				t.Errorf("%q is not in %q", c.out, out.String())
			}
		})
	}
}
