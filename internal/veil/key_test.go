package veil_test

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/opentrm/opentrm/internal/veil"
)

// shared returns the templates of the keys that two records have in common.
func shared(a, b []veil.Key) string {
	var out []string
	for _, x := range a {
		for _, y := range b {
			if x == y {
				out = append(out, string(x.Template()))
			}
		}
	}
	return strings.Join(out, " ")
}

// The same person is the same in another script, with her names in the other order, with day and month swapped, and with her age estimated.
func TestKeysOfOnePersonWrittenTwice(t *testing.T) {
	jana := veil.Person{Given: "Јана", Family: "Ђорђевић", Birth: veil.Birth{Year: 2001, Month: 3, Day: 11}, Place: "Ниш", Nationality: "RS"}
	all := "names-birth given-birth family-birth names-years-0 names-years-1 names-years-2 names-place name-place-year names-nationality"
	for _, c := range []struct {
		what   string
		change func(p *veil.Person)
		want   string
	}{
		{"as she is", func(*veil.Person) {}, all},
		{"in Latin", func(p *veil.Person) { p.Given, p.Family, p.Place = "Jana", "Đorđević", "Niš" }, all},
		{"names in the other order", func(p *veil.Person) { p.Given, p.Family = p.Family, p.Given }, "names-birth names-years-0 names-years-1 names-years-2 names-place names-nationality"},
		{"day and month swapped", func(p *veil.Person) { p.Birth.Month, p.Birth.Day = p.Birth.Day, p.Birth.Month }, all},
		{"a year more", func(p *veil.Person) { p.Birth = veil.Birth{Year: 2002} }, "names-years-0 names-years-1 names-place names-nationality"},
		{"two years more", func(p *veil.Person) { p.Birth = veil.Birth{Year: 2003} }, "names-years-0 names-place names-nationality"},
		{"five years more", func(p *veil.Person) { p.Birth, p.Place = veil.Birth{Year: 2006}, "" }, "names-nationality"},
		{"no family name", func(p *veil.Person) { p.Family = "" }, "given-birth name-place-year"},
		{"no given name", func(p *veil.Person) { p.Given = "" }, "family-birth"},
		{"another name", func(p *veil.Person) { p.Given, p.Family = "Elira", "Hoxha" }, ""},
		{"nothing", func(p *veil.Person) { *p = veil.Person{} }, ""},
	} {
		other := jana
		c.change(&other)
		if got := shared(veil.OfPerson(jana), veil.OfPerson(other)); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

// Ivanova is Ivanov, whichever column it stands in.
func TestKeysOfNamesThatEndAsSheBearsThem(t *testing.T) {
	born := veil.Birth{Year: 1999, Month: 4, Day: 30}
	for _, c := range [][2]veil.Person{
		{{Given: "Мария", Family: "Иванова", Birth: born, Nationality: "BG"}, {Given: "Marija", Family: "Ivanov", Birth: born, Nationality: "BG"}},
		{{Given: "Kowalska", Family: "Ewa", Birth: born, Nationality: "PL"}, {Given: "Ewa", Family: "Kowalski", Birth: born, Nationality: "PL"}},
	} {
		got := shared(veil.OfPerson(c[0]), veil.OfPerson(c[1]))
		if !strings.Contains(got, "names-birth names") && !strings.Contains(got, "names-birth given-birth family-birth names") || !strings.HasSuffix(got, "names-nationality") {
			t.Errorf("%v: %q", c, got)
		}
	}
}

func TestAlike(t *testing.T) {
	for want, common := range map[veil.Likeness][][]veil.Template{
		veil.Unlike:   {nil},
		veil.Possible: {{veil.NamesPlace}, {veil.NamesNationality}},
		veil.Likely:   {{veil.NamesBirth}, {veil.PlateNumber}, {veil.NamesYears0, veil.NamesYears1}, {veil.NamesPlace, veil.GivenBirth}},
	} {
		for _, c := range common {
			if got := veil.Alike(c); got != want {
				t.Errorf("%v: %q, want %q", c, got, want)
			}
		}
	}
}

func TestKeysOfThings(t *testing.T) {
	type of func(a, b string) (veil.Key, bool)
	same := func(f of, what string, ways ...[2]string) {
		t.Helper()
		first, ok := f(ways[0][0], ways[0][1])
		if !ok {
			t.Fatalf("%s: %q has no key", what, ways[0])
		}
		for _, w := range ways[1:] {
			if k, ok := f(w[0], w[1]); !ok || k != first {
				t.Errorf("%s: %q is not %q: %q %q", what, w, ways[0], k.Bytes(), first.Bytes())
			}
		}
	}
	other := func(f of, what string, a, b [2]string) {
		t.Helper()
		x, okX := f(a[0], a[1])
		y, okY := f(b[0], b[1])
		if !okX || !okY || x == y {
			t.Errorf("%s: %q and %q: %q %v, %q %v", what, a, b, x.Bytes(), okX, y.Bytes(), okY)
		}
	}
	none := func(f of, what string, ways ...[2]string) {
		t.Helper()
		for _, w := range ways {
			if k, ok := f(w[0], w[1]); ok {
				t.Errorf("%s: %q has a key: %q", what, w, k.Bytes())
			}
		}
	}
	same(veil.OfPhone, "phone", [2]string{"+389 70 123 456", ""}, [2]string{"070/123-456", "MK"}, [2]string{"00389 70 123456", "RS"}, [2]string{"+389 (0)70 123 456", "MK"},
		[2]string{"+389 070 123456", ""}, [2]string{"70123456", "mk"}, [2]string{"＋389 70 123 456", ""})
	same(veil.OfPhone, "phone", [2]string{"06 30 123 4567", "HU"}, [2]string{"+36301234567", ""})
	same(veil.OfPhone, "phone", [2]string{"6912345678", "GR"}, [2]string{"+30 691 234 5678", ""})
	other(veil.OfPhone, "phone", [2]string{"070123456", "MK"}, [2]string{"070123456", "SI"})
	none(veil.OfPhone, "phone", [2]string{"123", "MK"}, [2]string{"070123456", ""}, [2]string{"070123456", "QQ"}, [2]string{"+389", ""}, [2]string{"", "MK"},
		[2]string{"+389 70 123 456 ext 7", ""}, [2]string{"+3897012345678", ""}, [2]string{"123456789012345678901234567890", "MK"}, [2]string{"+1234567890123456", ""})
	same(veil.OfPlate, "plate", [2]string{"СА 1234 АВ", "BG"}, [2]string{"CA1234AB", "bg"}, [2]string{"ca-1234-ab", "BG"}, [2]string{"СA 1234 AВ", "BG"})
	same(veil.OfPlate, "plate", [2]string{"ΙΧΕ-1234", "GR"}, [2]string{"IXE 1234", "GR"})
	same(veil.OfPlate, "plate", [2]string{"NŠ 012-ČĆ", "RS"}, [2]string{"NS012CC", "RS"})
	other(veil.OfPlate, "plate", [2]string{"CA1234AB", "BG"}, [2]string{"CA1234AB", "RO"})
	none(veil.OfPlate, "plate", [2]string{"CA1234AB", ""}, [2]string{"--", "BG"}, [2]string{"CA1234AB", "BGR"}, [2]string{strings.Repeat("A", 300), "BG"})
	same(veil.OfCompany, "company", [2]string{"07512345", "RS"}, [2]string{"7512345", "RS"}, [2]string{"RS 07512345", "RS"})
	same(veil.OfCompany, "company", [2]string{"EL 123456789", "GR"}, [2]string{"GR123456789", "GR"}, [2]string{"123456789", "GR"})
	same(veil.OfDocument, "document", [2]string{"АН 123-456", "GR"}, [2]string{"AH123456", "GR"})
	none(veil.OfDocument, "document", [2]string{"12", "GR"}, [2]string{"AH123456", "Greece"})
	same(veil.OfHandle, "handle", [2]string{"Telegram", "@Lela_99"}, [2]string{"tg", "lela_99"}, [2]string{"", "https://t.me/lela_99?start=1"}, [2]string{"telegram", "https://www.t.me/Lela_99/7"})
	other(veil.OfHandle, "handle", [2]string{"telegram", "lela"}, [2]string{"instagram", "lela"})
	none(veil.OfHandle, "handle", [2]string{"", "lela"}, [2]string{"telegram", "@"}, [2]string{"telegram", "https://instagram.com/lela"}, [2]string{"telegram", "a b"}, [2]string{"x", "https://example.org/lela"})
}

// Keys of two templates, or of parts that only read alike when put together, differ; and a key is never printed.
func TestKeysAreSeparated(t *testing.T) {
	a, _ := veil.OfPlate("AB1234", "GR")
	b, _ := veil.OfDocument("AB1234", "GR")
	if bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("a plate and a document have one key")
	}
	x, _ := veil.OfHandle("ab", "c")
	y, _ := veil.OfHandle("a", "bc")
	if bytes.Equal(x.Bytes(), y.Bytes()) {
		t.Error("parts run together")
	}
	for _, format := range []string{"%v", "%s", "%+v", "%#v", "%q"} {
		if s := fmt.Sprintf(format, []veil.Key{a}); strings.Contains(s, "1234") {
			t.Errorf("%s prints %s", format, s)
		}
	}
}

// A person has at most nine keys, each of another template, in the order of the templates; the order of the words of a name does not matter.
func TestKeysOfAnybody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := veil.Person{
			Given: rapid.String().Draw(t, "given"), Family: rapid.String().Draw(t, "family"), Place: rapid.String().Draw(t, "place"), Nationality: rapid.StringN(0, 2, 2).Draw(t, "nationality"),
			Birth: veil.Birth{Year: rapid.IntRange(-5, 3000).Draw(t, "year"), Month: rapid.IntRange(-1, 14).Draw(t, "month"), Day: rapid.IntRange(-1, 33).Draw(t, "day")},
		}
		keys := veil.OfPerson(p)
		i := 0
		for _, template := range veil.PersonTemplates() {
			if i < len(keys) && keys[i].Template() == template {
				i++
			}
		}
		if i != len(keys) || len(keys) > veil.PersonKeys {
			t.Fatalf("keys %v", keys)
		}
		words := strings.Fields(p.Given)
		for a, b := 0, len(words)-1; a < b; a, b = a+1, b-1 {
			words[a], words[b] = words[b], words[a]
		}
		turned := p
		turned.Given = strings.Join(words, " ")
		if got, want := fmt.Sprintf("%x", bytesOf(veil.OfPerson(turned))), fmt.Sprintf("%x", bytesOf(keys)); got != want && len([]rune(p.Given)) <= 200 {
			t.Fatalf("%q and %q: %s, %s", p.Given, turned.Given, got, want)
		}
	})
}

func bytesOf(keys []veil.Key) [][]byte {
	var out [][]byte
	for _, k := range keys {
		out = append(out, k.Bytes())
	}
	return out
}

// labelled reads a file of the shared data: the keys of each record, and of whom it is.
func labelled(t *testing.T, name string, record func(row map[string]string) (veil.Person, string)) (keys [][]veil.Key, who []string) {
	t.Helper()
	dir := os.Getenv("OPENTRM_DATA")
	if dir == "" {
		t.Skip("OPENTRM_DATA is not set")
	}
	f, err := os.Open(filepath.Join(dir, "linkage", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.TrimLeadingSpace = true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, h := range rows[0] {
			m[strings.TrimSpace(h)] = strings.TrimSpace(row[i])
		}
		p, of := record(m)
		keys, who = append(keys, veil.OfPerson(p)), append(who, of)
	}
	return keys, who
}

// rating is how well pairs of records are found.
type rating struct{ precision, recall, f1 float64 }

// judged returns how well pairs are found by any key in common, and by what is called likely.
func judged(t *testing.T, keys [][]veil.Key, who []string) (anyKey, likely rating) {
	t.Helper()
	seen, pairs, count := map[string]int{}, 0, veil.Shared{}
	for i := range keys {
		pairs += seen[who[i]]
		seen[who[i]]++
		count.Add(keys[i])
	}
	have := map[veil.Key][]int32{}
	for i := range keys {
		for _, k := range count.Rare(keys[i]) {
			have[k] = append(have[k], int32(i))
		}
	}
	common := map[[2]int32][]veil.Template{}
	for k, l := range have {
		if len(l) > veil.MostShared {
			t.Fatalf("%s is had by %d", k, len(l))
		}
		for a := range l {
			for b := a + 1; b < len(l); b++ {
				common[[2]int32{l[a], l[b]}] = append(common[[2]int32{l[a], l[b]}], k.Template())
			}
		}
	}
	judge := func(ok func([]veil.Template) bool) rating {
		right, wrong := 0, 0
		for x, c := range common {
			switch {
			case !ok(c):
			case who[x[0]] == who[x[1]]:
				right++
			default:
				wrong++
			}
		}
		p, r := float64(right)/float64(right+wrong), float64(right)/float64(pairs)
		return rating{p, r, 2 * p * r / (p + r)}
	}
	return judge(func(c []veil.Template) bool { return veil.Alike(c) != veil.Unlike }), judge(func(c []veil.Template) bool { return veil.Alike(c) == veil.Likely })
}

// On the regional file the keys are at least as good as those that were measured before (precision .928, recall .742, F1 .825 if one common
// key is enough), with one key in common, and nobody is called likely more often in error than one in thirty.
func TestKeysFindPersonsAgain(t *testing.T) {
	keys, who := labelled(t, "see_multi_12k.csv", func(row map[string]string) (veil.Person, string) {
		p := veil.Person{Given: row["first_name"], Family: row["last_name"], Nationality: row["nationality"], Place: row["birth_place"]}
		year, month, day := cut(row["birth_date"])
		p.Birth.Year = year
		if row["birth_prec"] == "d" {
			p.Birth.Month, p.Birth.Day = month, day
		}
		return p, row["cluster"]
	})
	made := 0
	for _, k := range keys {
		made += len(k)
	}
	a, l := judged(t, keys, who)
	t.Logf("any key:                    precision %.3f, recall %.3f, F1 %.3f (the prototype: .928 .742 .825) with %.1f keys of %d records", a.precision, a.recall, a.f1, float64(made)/float64(len(keys)), len(keys))
	t.Logf("one strong or two weak keys: precision %.3f, recall %.3f, F1 %.3f", l.precision, l.recall, l.f1)
	if a.precision < .928 || a.recall < .742 || a.f1 < .825 {
		t.Error("the keys are worse than those that were measured before")
	}
	if l.precision < .965 || l.recall < .64 {
		t.Error("what is called likely is not")
	}
}

// On files on which nothing was chosen (names of another part of the world, slips in every field, no nationality) the keys are better still.
func TestKeysFindPersonsOnFilesNotSeenBefore(t *testing.T) {
	for _, name := range []string{"dataset1.csv", "dataset2.csv", "dataset3.csv"} {
		keys, who := labelled(t, name, func(row map[string]string) (veil.Person, string) {
			p := veil.Person{Given: row["given_name"], Family: row["surname"], Place: row["suburb"]}
			if d := row["date_of_birth"]; len(d) == 8 {
				p.Birth.Year, p.Birth.Month, p.Birth.Day = cut(d[:4] + "-" + d[4:6] + "-" + d[6:])
			}
			return p, strings.Split(row["rec_id"], "-")[1]
		})
		a, l := judged(t, keys, who)
		t.Logf("%s: any key %.3f %.3f %.3f, likely %.3f %.3f %.3f (precision, recall, F1)", name, a.precision, a.recall, a.f1, l.precision, l.recall, l.f1)
		if a.f1 < .91 || l.precision < .98 {
			t.Errorf("%s: %v %v", name, a, l)
		}
	}
}

// cut reads 2001-02-03, 2001-02 and 2001.
func cut(s string) (year, month, day int) {
	parts := append(strings.Split(s, "-"), "", "")
	year, _ = strconv.Atoi(parts[0])
	month, _ = strconv.Atoi(parts[1])
	day, _ = strconv.Atoi(parts[2])
	return year, month, day
}

func FuzzKeysOfThings(f *testing.F) {
	f.Add("+389 70 123 456", "MK")
	f.Add("https://t.me/lela", "")
	f.Add("СА 1234 АВ", "BG")
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, of := range []func(a, b string) (veil.Key, bool){veil.OfPhone, veil.OfPlate, veil.OfCompany, veil.OfDocument, veil.OfHandle} {
			k, ok := of(a, b)
			if ok != (len(k.Bytes()) > 0) || len(k.Bytes()) > 300 {
				t.Errorf("%q %q: %v %s", a, b, ok, hex.EncodeToString(k.Bytes()))
			}
		}
	})
}
