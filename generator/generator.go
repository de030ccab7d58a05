// Package generator builds a static guidance site.
package generator
