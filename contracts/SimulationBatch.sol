// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/**
 * Never deployed. A simulation gives its code to an address for the length of one request: to an unused one to read
 * balances, or to the wallet itself, so that calls run one after another with the wallet as their sender.
 */
contract SimulationBatch {
  struct Call {
    address target;
    uint256 value;
    bytes data;
  }

  struct Outcome {
    bool success;
    uint256 gasUsed;
    bytes returned;
  }

  struct Reading {
    /** Of each holder the coin, then each token. What cannot be read is the largest number. */
    uint256[] balances;
    /** Size of the code at each target. */
    uint256[] codeSizes;
  }

  /** More than honest tokens need, and too little to use up a request. */
  uint256 private constant READ_GAS = 200_000;
  uint256 private constant UNREADABLE = type(uint256).max;

  receive() external payable {}

  function read(
    address[] calldata holders,
    address[] calldata tokens,
    address[] calldata targets
  ) external view returns (uint256 blockNumber, uint256 blockTime, Reading memory reading) {
    return (block.number, block.timestamp, readAll(holders, tokens, targets));
  }

  /** Makes the calls in order, the failed ones included, and reads before the first and after each. */
  function run(
    Call[] calldata calls,
    address[] calldata holders,
    address[] calldata tokens,
    address[] calldata targets
  )
    external
    returns (uint256 blockNumber, uint256 blockTime, Outcome[] memory outcomes, Reading[] memory readings)
  {
    outcomes = new Outcome[](calls.length);
    readings = new Reading[](calls.length + 1);
    readings[0] = readAll(holders, tokens, targets);
    for (uint256 i = 0; i < calls.length; i++) {
      uint256 gasBefore = gasleft();
      (bool success, bytes memory returned) = calls[i].target.call{value: calls[i].value}(calls[i].data);
      outcomes[i] = Outcome(success, gasBefore - gasleft(), returned);
      readings[i + 1] = readAll(holders, tokens, targets);
    }
    return (block.number, block.timestamp, outcomes, readings);
  }

  function readAll(
    address[] calldata holders,
    address[] calldata tokens,
    address[] calldata targets
  ) private view returns (Reading memory reading) {
    reading.balances = new uint256[](holders.length * (tokens.length + 1));
    uint256 at = 0;
    for (uint256 i = 0; i < holders.length; i++) {
      reading.balances[at++] = holders[i].balance;
      for (uint256 j = 0; j < tokens.length; j++) {
        reading.balances[at++] = balanceOf(tokens[j], holders[i]);
      }
    }
    reading.codeSizes = new uint256[](targets.length);
    for (uint256 i = 0; i < targets.length; i++) {
      reading.codeSizes[i] = targets[i].code.length;
    }
  }

  /** By hand, so that a token which answers with very much does not make anybody copy it. */
  function balanceOf(address token, address holder) private view returns (uint256 balance) {
    bytes memory data = abi.encodeWithSignature('balanceOf(address)', holder);
    assembly {
      let ok := staticcall(READ_GAS, token, add(data, 32), mload(data), 0, 32)
      balance := mload(0)
      if or(iszero(ok), lt(returndatasize(), 32)) {
        balance := not(0)
      }
    }
  }
}
