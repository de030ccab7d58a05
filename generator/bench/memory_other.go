//go:build !unix

package main

import "os"

func peakMemory(*os.ProcessState) float64 { return 0 }

func ownCPU() float64 { return 0 }
