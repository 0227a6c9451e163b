package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/adrg/strutil/metrics"
	"github.com/agnivade/levenshtein"
	"github.com/antzucaro/matchr"
	edlib "github.com/hbollon/go-edlib"
	"github.com/jackc/pgx/v5"
	"github.com/xrash/smetrics"

	"github.com/opentrm/opentrm/linkage"
)

// asked is how many names are searched, shown is among how many of what is found the right one must be.
const asked, shown = 40, 20

// listed is a list of names as registers of the region would have written them, and what is searched in it: each time a name that is there, as
// another register wrote it.
type listed struct {
	names, latin   []string // as they were written; in Latin letters without marks
	who            []string // whose name each is: the same text for all who are called the same
	queries, plain []string // what is searched, as it was written and in Latin letters without marks
	want           []string
}

func listOfNames(pool string, n int) (*listed, error) {
	all, codes, err := pools(pool)
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(2026, 12))
	l := &listed{}
	write := func(p somebody) string {
		var parts [2]string
		for k, s := range []string{p.given, p.family} {
			at := codes[r.IntN(len(codes))]
			if parts[k] = spelledBy(r, at, s); r.IntN(10) == 0 {
				parts[k] = slip(r, parts[k])
			}
		}
		return parts[0] + " " + parts[1]
	}
	latin := func(s string) string { return bareLetters(gaj.Replace(strings.ToLower(s))) }
	for i := range n {
		p := invent(r, all, codes)
		s := write(p)
		l.names, l.latin, l.who = append(l.names, s), append(l.latin, latin(s)), append(l.who, p.given+" "+p.family)
		if i%(n/asked) == 0 && len(l.queries) < asked {
			q := write(p)
			l.queries, l.plain, l.want = append(l.queries, q), append(l.plain, latin(q)), append(l.want, l.who[i])
		}
	}
	return l, nil
}

// searcher is one way to find a name; it returns the numbers of the likest ones.
type searcher struct {
	name   string
	latin  bool // it is given the texts in Latin letters, because it knows no scripts
	find   func(query string) ([]int, error)
	effort func() (float64, error) // seconds of processor time so far
}

// own returns the processor time of this process: seconds.
func own() (float64, error) {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9, err
}

// scan compares a query with every name.
func scan(names []string, like func(a, b string) float64) func(string) ([]int, error) {
	return func(query string) ([]int, error) {
		type hit struct {
			at   int
			like float64
		}
		var best []hit
		for i, s := range names {
			x := like(query, s)
			if len(best) == shown && x <= best[shown-1].like {
				continue
			}
			at, _ := slices.BinarySearchFunc(best, x, func(h hit, x float64) int {
				if h.like >= x {
					return -1
				}
				return 1
			})
			best = slices.Insert(best, at, hit{i, x})
			best = best[:min(len(best), shown)]
		}
		var ids []int
		for _, h := range best {
			ids = append(ids, h.at)
		}
		return ids, nil
	}
}

// trigrams puts the names into PostgreSQL with an index of pg_trgm, and finds those above a threshold.
func trigrams(ctx context.Context, dsn string, names []string, thresholds ...string) ([]searcher, func(), error) {
	db, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, nil, err
	}
	done := func() { _ = db.Close(context.WithoutCancel(ctx)) }
	for _, s := range []string{
		"CREATE EXTENSION pg_trgm", "CREATE TABLE names (id int, name text)",
		"SET max_parallel_workers_per_gather = 0", "SET maintenance_work_mem = '512MB'",
	} {
		if _, err := db.Exec(ctx, s); err != nil {
			done()
			return nil, nil, err
		}
	}
	_, err = db.CopyFrom(ctx, pgx.Identifier{"names"}, []string{"id", "name"}, pgx.CopyFromSlice(len(names), func(i int) ([]any, error) { return []any{int32(i), names[i]}, nil }))
	if err == nil {
		_, err = db.Exec(ctx, "CREATE INDEX ON names USING gin (name gin_trgm_ops)")
	}
	if err == nil {
		_, err = db.Exec(ctx, "VACUUM ANALYZE names")
	}
	var pid int
	if err == nil {
		err = db.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&pid)
	}
	if err != nil {
		done()
		return nil, nil, err
	}
	effort := func() (float64, error) { // of the server process of this connection, in hundredths of a second
		b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil {
			return 0, err
		}
		f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		user, _ := strconv.ParseFloat(f[11], 64)
		system, _ := strconv.ParseFloat(f[12], 64)
		return (user + system) / 100, nil
	}
	var all []searcher
	for _, t := range thresholds {
		all = append(all, searcher{"PostgreSQL, pg_trgm with a GIN index, similarity from " + t, true, func(q string) ([]int, error) {
			if _, err := db.Exec(ctx, "SET pg_trgm.similarity_threshold = "+t); err != nil {
				return nil, err
			}
			rows, err := db.Query(ctx, "SELECT id FROM names WHERE name % $1 ORDER BY similarity(name, $1) DESC LIMIT $2", q, shown)
			if err != nil {
				return nil, err
			}
			return pgx.CollectRows(rows, func(r pgx.CollectableRow) (int, error) {
				var i int32
				err := r.Scan(&i)
				return int(i), err
			})
		}, effort})
	}
	return all, done, nil
}

// searches looks for the same names in the same list in this program and in its peers, in turns, and prints what each search took and how often
// the right name was among the first twenty.
func searches(ctx context.Context, n int) error {
	data := os.Getenv("OPENTRM_DATA")
	if data == "" {
		return errors.New("OPENTRM_DATA is not set")
	}
	l, err := listOfNames(filepath.Join(data, "linkage", "see_multi_12k.csv"), n)
	if err != nil {
		return err
	}
	var ours linkage.Names
	for i, s := range l.names {
		ours.Add(uint64(i), strings.Fields(s)...)
	}
	strutil := metrics.NewJaroWinkler()
	all := []searcher{
		{"OpenTRM, linkage.Names", false, func(q string) ([]int, error) {
			var ids []int
			for _, h := range ours.Search(q, shown) {
				ids = append(ids, int(h.ID))
			}
			return ids, nil
		}, own},
		{"go-edlib, Jaro-Winkler with every name", true, scan(l.latin, func(a, b string) float64 { return float64(edlib.JaroWinklerSimilarity(a, b)) }), own},
		{"strutil, Jaro-Winkler with every name", true, scan(l.latin, strutil.Compare), own},
		{"smetrics, Jaro-Winkler with every name", true, scan(l.latin, func(a, b string) float64 { return smetrics.JaroWinkler(a, b, .7, 4) }), own},
		{"matchr, Jaro-Winkler with every name", true, scan(l.latin, func(a, b string) float64 { return matchr.JaroWinkler(a, b, false) }), own},
		{"agnivade/levenshtein with every name", true, scan(l.latin, func(a, b string) float64 { return -float64(levenshtein.ComputeDistance(a, b)) }), own},
	}
	if dsn := os.Getenv("OPENTRM_TEST_POSTGRES"); dsn != "" {
		more, done, err := trigrams(ctx, dsn, l.latin, ".3", ".6")
		if err != nil {
			return err
		}
		defer done()
		all = append(all, more...)
	} else {
		tell("no PostgreSQL: pg_trgm is left out (run under ../scripts/postgres)")
	}
	took := make([][]float64, len(all))
	found := make([]int, len(all))
	for k := range l.queries {
		for x, s := range all {
			q := l.queries[k]
			if s.latin {
				q = l.plain[k]
			}
			before, err := s.effort()
			if err != nil {
				return err
			}
			ids, err := s.find(q)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			after, err := s.effort()
			if err != nil || ctx.Err() != nil {
				return cmp.Or(err, ctx.Err())
			}
			took[x] = append(took[x], after-before)
			if slices.ContainsFunc(ids, func(i int) bool { return l.who[i] == l.want[k] }) {
				found[x]++
			}
		}
		tell("%d of %d", k+1, asked)
	}
	mean := func(xs []float64) (sum float64) {
		for _, x := range xs {
			sum += x
		}
		return 1000 * sum / float64(len(xs))
	}
	fmt.Printf("%s, %s/%s, %d processors (%s); %d invented names of the region, %d searches in turns.\n\n| search of one name | processor time, mean | of ours | right name among the first %d |\n|---|--:|--:|--:|\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), model(), n, len(l.queries), shown)
	for x, s := range all {
		fmt.Printf("| %s | %.1f ms | %.1f | %d of %d |\n", s.name, mean(took[x]), mean(took[x])/mean(took[0]), found[x], len(l.queries))
	}
	if mean(took[0]) > 15 {
		return errors.New("the goal of 15 ms was missed")
	}
	return nil
}
