package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Persons of fourteen countries that do not exist, as registers of fourteen countries might have written them: in the scripts of the country that
// writes, with slips, parts that lack, dates that are known in part. Names are those of the invented file of the shared data, and
// every second family name is put together from the halves of two of them. Nobody is meant.

// nation is where the names of one nationality come from, written in Latin letters of Gaj.
type nation struct{ given, family []string }

// countries write in these scripts.
var writes = map[string]string{"RS": "cyrillic or latin", "ME": "latin", "BA": "latin", "MK": "cyrillic", "BG": "cyrillic", "GR": "greek"}

var gaj = strings.NewReplacer(
	"љ", "lj", "њ", "nj", "џ", "dž", "а", "a", "б", "b", "в", "v", "г", "g", "д", "d", "ђ", "đ", "ѓ", "đ", "е", "e", "ж", "ž", "з", "z", "ѕ", "dz", "и", "i", "ј", "j", "й", "j", "к", "k",
	"л", "l", "м", "m", "н", "n", "о", "o", "п", "p", "р", "r", "с", "s", "т", "t", "ћ", "ć", "ќ", "ć", "у", "u", "ф", "f", "х", "h", "ц", "c", "ч", "č", "ш", "š", "щ", "št", "ъ", "a", "ь", "j",
	"ю", "ju", "я", "ja", "ου", "u", "μπ", "b", "ντ", "d", "γκ", "g", "τσ", "c", "τζ", "dž", "α", "a", "β", "v", "γ", "g", "δ", "d", "ε", "e", "ζ", "z", "η", "i", "θ", "t", "ι", "i", "κ", "k", "λ", "l",
	"μ", "m", "ν", "n", "ξ", "ks", "ο", "o", "π", "p", "ρ", "r", "σ", "s", "ς", "s", "τ", "t", "υ", "i", "φ", "f", "χ", "h", "ψ", "ps", "ω", "o")

var cyrillic = strings.NewReplacer("lj", "љ", "nj", "њ", "dž", "џ", "dh", "д", "th", "т", "sh", "ш", "zh", "ж", "ch", "ч", "gj", "ѓ", "xh", "џ", "cs", "ч", "sz", "с", "a", "а", "b", "б", "v", "в", "w", "в", "g", "г", "ğ", "г", "d", "д", "đ", "ђ", "e", "е", "ë", "е",
	"ž", "ж", "z", "з", "i", "и", "ı", "и", "y", "и", "j", "ј", "k", "к", "q", "ќ", "x", "кс", "l", "л", "m", "м", "n", "н", "o", "о", "ö", "о", "ő", "о", "p", "п", "r", "р", "s", "с", "š", "ш", "ș", "ш", "ş", "ш", "t", "т", "ț", "ц", "ţ", "ц", "ć", "ћ", "ç", "ч", "u", "у", "ü", "у", "ű", "у", "f", "ф", "h", "х", "c", "ц", "č", "ч", "ă", "а", "â", "а", "î", "и")

var greek = strings.NewReplacer("lj", "λι", "nj", "νι", "dž", "τζ", "sh", "σ", "zh", "ζ", "ch", "τσ", "th", "θ", "dh", "δ", "a", "α", "b", "μπ", "v", "β", "w", "β", "g", "γκ", "ğ", "γ", "d", "ντ", "đ", "τζ", "e", "ε", "ë", "ε", "ž", "ζ", "z", "ζ", "i", "ι", "ı", "ι", "y", "ι", "j", "ι", "k", "κ", "q", "κ", "x", "ξ",
	"l", "λ", "m", "μ", "n", "ν", "o", "ο", "ö", "ο", "ő", "ο", "p", "π", "r", "ρ", "s", "σ", "š", "σ", "ș", "σ", "ş", "σ", "t", "τ", "ț", "τσ", "ţ", "τσ", "c", "τσ", "č", "τσ", "ć", "τσ", "ç", "τσ", "u", "ου", "ü", "ου", "ű", "ου", "f", "φ", "h", "χ", "ă", "α", "â", "α", "î", "ι")

var digraphs = strings.NewReplacer("č", "ch", "ć", "ch", "š", "sh", "ž", "zh", "đ", "dj", "ș", "sh", "ş", "sh", "ț", "ts", "ç", "ch")

// spelledBy writes a name as a register of a country does.
func spelledBy(r *rand.Rand, country, s string) string {
	script := writes[country]
	if script == "cyrillic or latin" && r.IntN(2) == 0 {
		script = "latin"
	}
	switch {
	case strings.HasPrefix(script, "cyrillic") && r.IntN(10) > 0:
		s = cyrillic.Replace(s)
	case script == "greek" && r.IntN(10) > 0:
		s = greek.Replace(s)
	case r.IntN(3) == 0:
		s = bareLetters(s)
	case r.IntN(6) == 0:
		s = bareLetters(digraphs.Replace(s))
	}
	letters := []rune(s)
	if len(letters) > 0 {
		letters[0] = unicode.ToUpper(letters[0])
	}
	if r.IntN(15) == 0 {
		return strings.ToUpper(string(letters))
	}
	return string(letters)
}

func bareLetters(s string) string {
	var b strings.Builder
	for _, c := range norm.NFD.String(strings.NewReplacer("đ", "d", "ı", "i").Replace(s)) {
		if !unicode.Is(unicode.Mn, c) {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// slip writes a letter wrong, twice, not at all, or two in the wrong order.
func slip(r *rand.Rand, s string) string {
	l := []rune(s)
	if len(l) < 3 {
		return s
	}
	at := 1 + r.IntN(len(l)-2)
	switch r.IntN(4) {
	case 0:
		l[at], l[at+1] = l[at+1], l[at]
	case 1:
		l = slices.Delete(l, at, at+1)
	case 2:
		l = slices.Insert(l, at, l[r.IntN(len(l))])
	default:
		l[at] = l[r.IntN(len(l))]
	}
	return string(l)
}

// pools reads the names of each nationality.
func pools(path string) (map[string]*nation, []string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	all, known := map[string]*nation{}, map[string]bool{}
	for _, row := range rows[1:] { // rec_id,cluster,node,first_name,last_name,patronymic,birth_date,birth_prec,sex,nationality,birth_place
		code := row[9]
		if code == "" || known[row[1]] {
			continue
		}
		known[row[1]] = true
		if all[code] == nil {
			all[code] = &nation{}
		}
		if row[3] != "" && row[4] != "" {
			all[code].given = append(all[code].given, gaj.Replace(strings.ToLower(row[3])))
			all[code].family = append(all[code].family, gaj.Replace(strings.ToLower(row[4])))
		}
	}
	var codes []string
	for c := range all {
		codes = append(codes, c)
	}
	slices.Sort(codes)
	return all, codes, nil
}

// somebody is one who does not exist.
type somebody struct {
	given, family, father, sex, code, place string
	year, month, day                        int
}

func invent(r *rand.Rand, all map[string]*nation, codes []string) somebody {
	p := somebody{code: codes[r.IntN(len(codes))], sex: []string{"F", "F", "F", "M"}[r.IntN(4)], year: 2016 - int(r.ExpFloat64()*12), month: 1 + r.IntN(12), day: 1 + r.IntN(28)}
	p.year = max(p.year, 1940)
	n := all[p.code]
	// a few names are borne by many
	often := func(pool []string) string {
		x := r.Float64()
		return pool[int(x*x*float64(len(pool)))]
	}
	p.given, p.family, p.father = often(n.given), often(n.family), often(n.given)
	if r.IntN(2) == 0 {
		a, b := []rune(p.family), []rune(n.family[r.IntN(len(n.family))])
		if len(a) > 4 && len(b) > 5 {
			p.family = string(a[:len(a)/2]) + string(b[len(b)/2:])
		}
	}
	p.place = fmt.Sprintf("%s town %d", p.code, 1+r.IntN(60))
	return p
}

// written is a record of a person in a register.
func (p somebody) written(r *rand.Rand, codes []string) []string {
	at := p.code
	if r.IntN(3) == 0 {
		at = codes[r.IntN(len(codes))]
	}
	word := func(s string, lacks, slips int) string {
		if r.IntN(1000) < lacks {
			return ""
		}
		s = spelledBy(r, at, s)
		if r.IntN(1000) < slips {
			s = slip(r, s)
		}
		return s
	}
	given, family, father := word(p.given, 20, 90), word(p.family, 40, 110), word(p.father, 815, 50)
	if r.IntN(25) == 0 {
		given, family = family, given
	}
	known, date := "d", ""
	y, m, d := p.year, p.month, p.day
	switch x := r.IntN(100); {
	case x < 10:
		known = ""
	case x < 20:
		known, date = "y", strconv.Itoa(y)
	case x < 28:
		known, date = "e", strconv.Itoa(y-2+r.IntN(5))
	default:
		switch r.IntN(30) {
		case 0:
			d = 1 + r.IntN(28)
		case 1:
			if d <= 12 {
				m, d = d, m
			}
		case 2:
			y += []int{-10, -1, 1, 10}[r.IntN(4)]
		}
		date = fmt.Sprintf("%04d-%02d-%02d", y, m, d)
	}
	rest := func(s string, lacks int) string {
		if r.IntN(1000) < lacks {
			return ""
		}
		return s
	}
	return []string{at, given, family, father, date, known, rest(p.sex, 80), rest(p.code, 70), rest(p.place, 450)}
}

// peopleFile writes n records, in an order of their own; the same each time.
func peopleFile(path, pool string, n int) error {
	all, codes, err := pools(pool)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(2026, 11))
	rows := make([][]string, 0, n)
	for who := 0; len(rows) < n; who++ {
		p := invent(r, all, codes)
		records := 1
		switch x := r.IntN(100); {
		case x >= 97:
			records = 5
		case x >= 94:
			records = 4
		case x >= 90:
			records = 3
		case x >= 61:
			records = 2
		}
		for range min(records, n-len(rows)) {
			rows = append(rows, append([]string{"", strconv.Itoa(who)}, p.written(r, codes)...))
		}
	}
	r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(f, 1<<20)
	w := csv.NewWriter(buffered)
	err = w.Write(strings.Split("rec_id,cluster,node,first_name,last_name,patronymic,birth_date,birth_prec,sex,nationality,birth_place", ","))
	for i := 0; i < len(rows) && err == nil; i++ {
		rows[i][0] = strconv.Itoa(i)
		err = w.Write(rows[i])
	}
	w.Flush()
	return errors.Join(err, w.Error(), buffered.Flush(), f.Close())
}

// people writes a file of n invented records, runs "opentrm link" on it as a process of its own and prints what that took.
func people(ctx context.Context, dir string, n int) error {
	data := os.Getenv("OPENTRM_DATA")
	if data == "" {
		return errors.New("OPENTRM_DATA is not set")
	}
	file, binary := filepath.Join(dir, "people.csv"), filepath.Join(dir, "opentrm")
	if err := peopleFile(file, filepath.Join(data, "linkage", "see_multi_12k.csv"), n); err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", binary, "./cmd/opentrm")
	build.Dir, build.Env = "..", append(os.Environ(), "CGO_ENABLED=0") // peers have their own module, and another go.sum
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	run := exec.CommandContext(ctx, binary, "link", file, "--truth", "cluster")
	run.Stderr = os.Stderr
	began := time.Now()
	out, err := run.Output()
	if err != nil {
		return err
	}
	wall := time.Since(began)
	used := run.ProcessState
	rss := used.SysUsage().(*syscall.Rusage).Maxrss / 1024
	fmt.Printf("%d invented records, read, compared and grouped on %d processors: %.1f s by the clock, %.1f s of processor time (goal: 20 and 40), %d MB at most in memory (goal: 1536)\n%s",
		n, runtime.NumCPU(), wall.Seconds(), (used.UserTime() + used.SystemTime()).Seconds(), rss, out)
	var count struct{ about, low, high, there int }
	for line := range strings.Lines(string(out)) {
		_, _ = fmt.Sscanf(line, "persons there %d", &count.there)
		_, _ = fmt.Sscanf(line, "persons about %d, %d to %d", &count.about, &count.low, &count.high)
	}
	if count.there == 0 || count.there < count.low || count.there > count.high {
		return fmt.Errorf("%d persons are there, and %d to %d are said", count.there, count.low, count.high)
	}
	if wall.Seconds() > 20 && (used.UserTime()+used.SystemTime()).Seconds() > 40 || rss > 1536 {
		return errors.New("the goal was missed")
	}
	return nil
}
