// The name by which xeus-cpp has it; cell.h, which every cell is compiled with, holds xcpp::display.
#pragma once
#include "cell.h"
