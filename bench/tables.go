package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/opentrm/opentrm/internal/tally"
)

// tableSizes are how many values each of twelve columns has; rare ones are rarer.
func tableSizes() []int { return []int{3, 3, 4, 5, 8, 10, 12, 20, 25, 30, 45, 60} }

// invented is a table of so many rows as it comes in a file, and its codes for who counts it plainly.
func invented(rows int) (file []byte, codes [][]uint8) {
	r := rand.New(rand.NewPCG(1, 2))
	sizes := tableSizes()
	codes = make([][]uint8, len(sizes))
	for c := range codes {
		codes[c] = make([]uint8, rows)
	}
	var b bytes.Buffer
	for c := range sizes {
		if c > 0 {
			b.WriteByte(',')
		}
		b.WriteString("c" + strconv.Itoa(c))
	}
	b.WriteByte('\n')
	for i := range rows {
		for c, n := range sizes {
			x := r.Float64()
			codes[c][i] = uint8(x * x * float64(n))
			if c > 0 {
				b.WriteByte(',')
			}
			b.WriteString("value-")
			b.WriteString(strconv.Itoa(int(codes[c][i])))
		}
		b.WriteByte('\n')
	}
	return b.Bytes(), codes
}

// processor is the processor time of this process.
func processor() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// plainly counts all tables of three columns as everybody would write it: one pass over the rows for each, into an array.
func plainly(codes [][]uint8) (cells int, sum uint64) {
	sizes := tableSizes()
	for a := range codes {
		for b := a + 1; b < len(codes); b++ {
			for c := b + 1; c < len(codes); c++ {
				out := make([]uint32, sizes[a]*sizes[b]*sizes[c])
				x, y, z := codes[a], codes[b], codes[c]
				for i := range x {
					out[(int(x[i])*sizes[b]+int(y[i]))*sizes[c]+int(z[i])]++
				}
				for _, n := range out {
					if n > 0 {
						cells++
						sum += uint64(n) * uint64(n)
					}
				}
			}
		}
	}
	return cells, sum
}

// tables counts a million rows of twelve columns, ours beside others, on one processor, and the published file of CTDC from the file to the combinations.
func tables(ctx context.Context, rounds int) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const rows = 1_000_000
	file, codes := invented(rows)
	dir, err := os.MkdirTemp("", "bench-tables-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "rows.csv")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		return err
	}
	results := map[string][]float64{}
	var order []string
	measure := func(name string, f func() error) error {
		debug.FreeOSMemory()
		begin := processor()
		if err := f(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if _, there := results[name]; !there {
			order = append(order, name)
		}
		results[name] = append(results[name], (processor() - begin).Seconds())
		tell("%-60s %.3f s", name, results[name][len(results[name])-1])
		return nil
	}
	var cells int
	var sum uint64
	for range rounds {
		var t *tally.Table
		err := errors.Join(
			measure("read 1,000,000 rows x 12 columns from CSV", func() (err error) {
				t, _, err = tally.Read(ctx, bytes.NewReader(file), tally.Options{})
				return err
			}),
		)
		for k := 1; k <= 3 && err == nil; k++ {
			err = measure(fmt.Sprintf("all tables of %d columns", k), func() error {
				all, err := t.Marginals(ctx, k, nil)
				cells, sum = 0, 0
				for _, m := range all {
					for _, n := range m.Cells() {
						cells++
						sum += uint64(n) * uint64(n)
					}
				}
				return err
			})
		}
		if err == nil {
			err = measure("all tables of 3 columns, one pass for each (plain Go)", func() error {
				otherCells, otherSum := plainly(codes)
				if otherCells != cells || otherSum != sum {
					return fmt.Errorf("%d cells and %d squares, ours %d and %d", otherCells, otherSum, cells, sum)
				}
				return nil
			})
		}
		if err == nil {
			err = duck(ctx, path, cells, sum, measure)
		}
		if err == nil {
			err = ctdc(ctx, measure)
		}
		if err != nil {
			return err
		}
	}
	fmt.Printf("%s, %s/%s, one of %d processors (%s); processor time, median of %d interleaved rounds; %d cells of three columns, the same numbers in all.\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), model(), rounds, cells)
	fmt.Printf("| work | median s | lowest | highest |\n|---|--:|--:|--:|\n")
	for _, name := range order {
		m, low, high := spread(results[name])
		fmt.Printf("| %s | %.3f | %.3f | %.3f |\n", name, m, low, high)
	}
	return nil
}

// ctdc counts the combinations of up to four attributes that ten records have, from the file on.
func ctdc(ctx context.Context, measure func(string, func() error) error) error {
	dir := os.Getenv("OPENTRM_DATA")
	if dir == "" {
		return nil
	}
	columns := []string{"yearOfRegistration", "gender", "ageBroad", "citizenship", "CountryOfExploitation", "isForcedLabour", "isSexualExploit", "isOtherExploit"}
	file, err := os.ReadFile(filepath.Join(dir, "ctdc", "ctdc_global_kanon_2018.csv"))
	if err != nil {
		return err
	}
	head, _, _ := bytes.Cut(file, []byte("\n"))
	for name := range bytes.SplitSeq(bytes.ReplaceAll(head, []byte(`"`), nil), []byte(",")) {
		for _, begins := range []string{"meansOf", "typeOfSex", "recruiterRelation"} {
			if bytes.HasPrefix(name, []byte(begins)) {
				columns = append(columns, string(name))
			}
		}
	}
	return measure(fmt.Sprintf("CTDC: 47,102 records x %d columns, from the file to all combinations of up to 4 that 10 have", len(columns)), func() error {
		t, _, err := tally.Read(ctx, bytes.NewReader(file), tally.Options{Columns: columns, Missing: []string{"0"}, Needs: []string{"Datasource"}})
		if err != nil {
			return err
		}
		found := 0
		err = t.Frequent(ctx, 4, 10, func(tally.Combination) error {
			found++
			return nil
		})
		if err == nil && found != 75298 {
			err = fmt.Errorf("%d combinations", found)
		}
		return err
	})
}
