#include <iostream>

#include "router/command/command.h"

int main(int argc, char** argv) { return spoor::RunSpoor(argc, argv, std::cout, std::cerr); }
