package veil

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

//go:embed data/dial.tsv
var dialLines string

//go:embed data/letters.tsv
var letterLines string

//go:embed data/platform.tsv
var platformLines string

// dial is how numbers of a country are dialled.
type dial struct {
	code, trunk     string
	fewest, longest int
}

var dials = sync.OnceValue(func() map[string]dial {
	all := map[string]dial{}
	for f := range fieldsOf(dialLines) {
		fewest, err1 := strconv.Atoi(f[3])
		longest, err2 := strconv.Atoi(f[4])
		if err1 != nil || err2 != nil {
			continue
		}
		all[f[0]] = dial{f[1], strings.TrimPrefix(f[2], "-"), fewest, longest}
	}
	return all
})

var lookAlikes = sync.OnceValue(func() map[rune]rune {
	all := map[rune]rune{}
	for f := range fieldsOf(letterLines) {
		to := []rune(f[1])
		for i, r := range []rune(f[0]) {
			all[r] = to[i]
		}
	}
	return all
})

// platforms holds the name of a platform by all that it is called.
var platforms = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for f := range fieldsOf(platformLines) {
		all[f[0]] = f[0]
		for other := range strings.FieldsSeq(f[1]) {
			all[other] = f[0]
		}
	}
	return all
})

func fieldsOf(lines string) func(func([]string) bool) {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(lines) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(line, "#") || line == "" {
				continue
			}
			if !yield(strings.Split(line, "\t")) {
				return
			}
		}
	}
}

// OfPhone returns the key of a telephone number: its digits as they are dialled from abroad (ITU-T E.164). A number that does not begin with + or
// 00 is one of the country; false if that country is not in data/dial.tsv, or if the number cannot be one.
func OfPhone(number, country string) (Key, bool) {
	number = strings.ReplaceAll(norm.NFKC.String(number), "(0)", "") // +389 (0)70 123 456
	digits, abroad := "", false
	for _, r := range number {
		switch {
		case '0' <= r && r <= '9':
			digits += string(r)
		case r == '+' && digits == "":
			abroad = true
		case r == '+' || unicode.IsLetter(r):
			return Key{}, false // an extension, or a name
		}
		if len(digits) > 20 {
			return Key{}, false
		}
	}
	if !abroad {
		digits, abroad = strings.CutPrefix(digits, "00")
	}
	if !abroad {
		d, ok := dials()[countryOf(country)]
		if !ok {
			return Key{}, false
		}
		digits = d.code + strings.TrimPrefix(digits, d.trunk)
	}
	for _, d := range dials() {
		if rest, ok := strings.CutPrefix(digits, d.code); ok {
			if d.trunk != "" { // +389 070 123 456
				rest = strings.TrimPrefix(rest, d.trunk)
			}
			if len(rest) < d.fewest || len(rest) > d.longest {
				return Key{}, false
			}
			return keyOf(PhoneNumber, d.code+rest), true
		}
	}
	if len(digits) < 7 || len(digits) > 15 || digits[0] == '0' {
		return Key{}, false
	}
	return keyOf(PhoneNumber, digits), true
}

// OfPlate returns the key of the registration plate of a vehicle: the country that gave it and its letters and digits, those that look like
// Latin ones written as these. False if the country is none, or nothing is left of the plate.
func OfPlate(plate, country string) (Key, bool) {
	return numbered(PlateNumber, plain(plate), country, 3, 12)
}

// OfCompany returns the key of a company: the country of its register and its number there, without the country in front, as tax numbers have
// it, and without zeros in front, which spreadsheets lose. False as of [OfPlate].
func OfCompany(number, country string) (Key, bool) {
	n := plain(number)
	if c := countryOf(country); len(n) > len(c) {
		n = strings.TrimPrefix(n, c)
		if c == "GR" {
			n = strings.TrimPrefix(n, "EL")
		}
	}
	return numbered(CompanyNumber, strings.TrimLeft(n, "0"), country, 3, 24)
}

// OfDocument returns the key of a document of identity or of travel: the country that gave it and its number. False as of [OfPlate].
func OfDocument(number, country string) (Key, bool) {
	return numbered(DocumentNumber, plain(number), country, 4, 24)
}

// OfHandle returns the key of the name that somebody has on a platform: from the name with or without @, or from its address. False if there is no
// platform, or nothing is left of the name.
func OfHandle(platform, handle string) (Key, bool) {
	h := strings.ToLower(strings.TrimSpace(norm.NFKC.String(handle)))
	h, _, _ = strings.Cut(h, "?")
	for _, scheme := range []string{"https://", "http://"} {
		h = strings.TrimPrefix(h, scheme)
	}
	h = strings.TrimPrefix(h, "www.")
	p := strings.ToLower(strings.TrimSpace(platform))
	if known, ok := platforms()[p]; ok {
		p = known
	}
	if host, rest, ok := strings.Cut(h, "/"); ok {
		of, known := platforms()[host]
		if !known || p != "" && p != of {
			return Key{}, false
		}
		p = of
		h, _, _ = strings.Cut(rest, "/")
	}
	h = strings.TrimPrefix(h, "@")
	if p == "" || h == "" || len(p) > 40 || len(h) > 100 || strings.ContainsFunc(h, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}) {
		return Key{}, false
	}
	return keyOf(OnlineHandle, p, h), true
}

func numbered(t Template, number, country string, fewest, most int) (Key, bool) {
	c := countryOf(country)
	if c == "" || len(number) < fewest || len(number) > most {
		return Key{}, false
	}
	return keyOf(t, c, number), true
}

// countryOf returns a country by its two letters; empty if these are not two Latin letters.
func countryOf(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) != 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z' {
		return ""
	}
	return s
}

// plain returns the letters and digits of a number in capital Latin letters without marks. What has no Latin letter is left out.
func plain(s string) string {
	if len(s) > 200 {
		return ""
	}
	var b strings.Builder
	for _, r := range norm.NFC.String(norm.NFKC.String(s)) {
		r = unicode.ToUpper(r)
		if to, ok := lookAlikes()[r]; ok {
			b.WriteRune(to)
			continue
		}
		for _, part := range norm.NFD.String(string(r)) {
			if to, ok := lookAlikes()[part]; ok {
				part = to
			}
			if 'A' <= part && part <= 'Z' || '0' <= part && part <= '9' {
				b.WriteRune(part)
			}
		}
	}
	return b.String()
}
