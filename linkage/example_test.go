package linkage_test

import (
	"fmt"

	"github.com/opentrm/opentrm/linkage"
)

func ExampleNames() {
	var names linkage.Names
	names.Add(1, "Ђорђе", "Измишљеновић")
	names.Add(2, "Αλεξάνδρα", "Πλαστοπούλου")
	for _, hit := range names.Search("djordje izmisljenovich", 10) {
		fmt.Println(hit.ID, hit.Edits, hit.Whole)
	}
	// Output: 1 0 true
}

func ExampleKindOf() {
	fmt.Println(linkage.KindOf("Презиме"), linkage.KindOf("date of birth"))
	// Output: family birth
}
