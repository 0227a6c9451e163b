// Package sorting sorts lists by a comparison, as package slices does, with one sorting for all types: each type that slices.SortFunc or
// SortStableFunc sorts adds fifteen to twenty kilobytes to the program, and the house has seventy of them. What is sorted a million at a time stays with
// package slices.
package sorting

import "sort"

// list is a list of any type as package sort knows it.
type list[T any] struct {
	all     []T
	compare func(a, b T) int
}

func (l *list[T]) Len() int           { return len(l.all) }
func (l *list[T]) Less(i, j int) bool { return l.compare(l.all[i], l.all[j]) < 0 }
func (l *list[T]) Swap(i, j int)      { l.all[i], l.all[j] = l.all[j], l.all[i] }

// By sorts a list in its place. What compares as equal may come in any order.
func By[S ~[]T, T any](all S, compare func(a, b T) int) { sort.Sort(&list[T]{all, compare}) }

// Stable sorts a list in its place. What compares as equal stays in the order in which it was.
func Stable[S ~[]T, T any](all S, compare func(a, b T) int) { sort.Stable(&list[T]{all, compare}) }

// New returns a sorted copy of a list. What compares as equal stays in the order in which it was.
func New[S ~[]T, T any](all S, compare func(a, b T) int) S {
	out := append(S(nil), all...)
	Stable(out, compare)
	return out
}
